package lattice.kernel.membership;

/** What a node's silence suggests. */
public enum Presence {
    /** It was heard of lately. */
    UP,
    /** It is silent for longer than usual. */
    SUSPECTED,
    /** It is silent for so long that it must be down, or cut off. */
    GONE
}
