package lattice.mesh.internal.protocol;

/**
 * The numbers of the protocol. Times are milliseconds.
 *
 * @param activeView links that a node tries to keep (HyParView: fan-out plus one)
 * @param passiveView contacts that it remembers
 * @param joinWalk steps that news of a newcomer walks (ARWL)
 * @param passiveWalk steps left at which it is put into a passive view (PRWL), and length of a shuffle's walk
 * @param shuffleActive contacts of the active view in a shuffle
 * @param shufflePassive contacts of the passive view in a shuffle
 * @param shuffleEvery time between two shuffles
 * @param maintainEvery time between two looks at the active view
 * @param bridgeEvery time between two tries to reach a member that seems to be gone: what joins parted halves again
 * @param answerWithin how long an asked peer may take
 * @param announceEvery longest delay of a lazy announcement (Plumtree's IHAVE)
 * @param graftAfter how long something announced is waited for before it is asked for
 * @param digestEvery time between two anti-entropy exchanges
 * @param gossipEvery time between two exchanges of heartbeats
 * @param heartbeatEvery time between two heartbeats of a node in a small mesh
 * @param heartbeatPerMember what each member adds to that, so that the cost per node does not grow with the mesh
 * @param chunkBytes about the size of a message with commits or with a part of a state; as the last commit goes over it, well below
 *     half a megabyte, from which on G1 gives an array regions of its own in a small heap, and collects all of it the sooner
 * @param ingestBytes how much may wait to be stored, per store; a quarter of it of one peer or one author
 * @param unknownBytes how much of authors not yet known may wait, per store; a quarter of it of one peer
 * @param quarantine how long a peer that misbehaved is kept away
 */
public record Settings(int activeView, int passiveView, int joinWalk, int passiveWalk, int shuffleActive,
        int shufflePassive, long shuffleEvery, long maintainEvery, long bridgeEvery, long answerWithin,
        long announceEvery, long graftAfter, long digestEvery, long gossipEvery, long heartbeatEvery,
        long heartbeatPerMember, int chunkBytes, int ingestBytes, int unknownBytes, long quarantine) {
    /** Views as in the HyParView paper; times for links of up to some hundred milliseconds. */
    public static final Settings DEFAULT = new Settings(5, 30, 6, 3, 3, 4, 10_000, 1_000, 5_000, 5_000, 100, 300, 2_000,
            2_000, 4_000, 100, 384 << 10, 16 << 20, 1 << 20, 60_000);
}
