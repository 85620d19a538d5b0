package lattice.sim;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.protocol.Contact;
import lattice.mesh.internal.protocol.Findings;
import lattice.mesh.internal.protocol.MeshProtocol;
import lattice.mesh.internal.protocol.PeerLink;
import lattice.mesh.internal.protocol.Settings;

/** A node with the real protocol and a simulated rest. Its replica outlives its crashes. */
final class SimNode {
    private final int number;
    private final Contact contact;
    private final Author author;
    private final VirtualTime time;
    private final Network network;
    private final Random random;
    private final Settings settings;
    private final SimMembers members;
    private final SimReplica replica;
    /** Says who is let in; empty where all know that anyhow. */
    private final Optional<SimReplica> root;
    private final Map<StoreId, SimReplica> children = new TreeMap<>();
    private final long clockSkew;
    private final Mischief mischief;
    private MeshProtocol protocol;
    private List<Contact> trusted = List.of();
    private boolean up;
    private int side;
    private int life;
    private long bytes;
    private long commitBytes;
    private long received;
    private long misbehaviours;
    private long unknownAuthors;

    /** @param root the store that says who is let in; empty if all know that anyhow */
    SimNode(int number, StoreId store, Optional<StoreId> root, VirtualTime time, Network network, Random random, Settings settings,
            SimMembers members, Mischief mischief) {
        this.number = number;
        this.contact = contact(number);
        this.author = new Author(contact.node(), 1);
        this.time = time;
        this.network = network;
        this.random = random;
        this.settings = settings;
        this.members = members;
        this.mischief = mischief;
        this.replica = replica(store, Set.of());
        this.root = root.map(id -> replica(id, Set.of()));
        int skew = network.conditions().clockSkew();
        this.clockSkew = skew == 0 ? 0 : random.nextInt(2 * skew) - skew;
        network.add(this);
    }

    static Contact contact(int number) {
        return new Contact(SimCommit.node(number), List.of("10.0.0.1:" + (1024 + number)));
    }

    private SimReplica replica(StoreId store, Set<NodeId> holders) {
        return new SimReplica(store, holders, time, network.conditions().diskMillis(), fork -> time.after(0, () -> accuse(store, fork)),
                () -> time.after(0, this::learned));
    }

    private void learned() {
        root.ifPresent(store -> members.add(store.granted()));
        protocol.membersChanged(List.of());
    }

    /** Lets another node in, or itself if it is the first. */
    void grant(int newcomer) {
        root.ifPresent(store -> protocol.committed(store.store(), List.of(store.grant(author, clock(), newcomer))));
    }

    /** Whether it would have a link with another: whom it was told to begin with it trusts until it knows itself for a member. */
    boolean welcomes(NodeId peer) {
        return members.isMember(peer) || !isMember() && trusted.stream().anyMatch(contact -> contact.node().equals(peer));
    }

    /** Whether it has heard that it was let in. */
    boolean isMember() {
        return members.isMember(id());
    }

    /** As the kernel does: what one node can prove, all shall know. */
    private void accuse(StoreId store, SimFork fork) {
        SimReplica accused = store.equals(replica.store()) ? replica : children.get(store);
        if (up && mischief == Mischief.NONE && !accused.forked().containsKey(fork.author())) {
            protocol.committed(store, List.of(accused.write(author, clock(), fork)));
        }
    }

    void start(List<Contact> seeds) {
        up = true;
        life++;
        trusted = seeds;
        protocol = new MeshProtocol(contact, 1 + time.now(), settings, time, random,
                target -> network.dial(this, target.node()), members, new Findings() {
                    @Override
                    public void misbehaved(NodeId peer, String what) {
                        misbehaviours++;
                    }

                    @Override
                    public void unknownAuthor(StoreId store, NodeId stranger, NodeId from) {
                        unknownAuthors++;
                    }

                    @Override
                    public void postponed(StoreId store, NodeId author, String why) {
                        throw new IllegalStateException("Nobody does too much of anything here, but " + author + " " + why + ".");
                    }

                    @Override
                    public void flooded(StoreId store, NodeId peer) {
                        throw new IllegalStateException("Nobody writes that much here, but " + peer + " sends it.");
                    }

                    @Override
                    public void forked(StoreId store, NodeId forker, long sequence) {
                        if (network.node(forker).mischief() != Mischief.EQUIVOCATING) {
                            throw new IllegalStateException("An honest node, " + forker + ", is said to have forked its chain.");
                        }
                    }
                });
        root.ifPresent(protocol::add);
        protocol.add(replica);
        children.values().forEach(protocol::add);
        protocol.start(seeds);
    }

    /** Begins to hold a child store that not all hold. */
    void hold(StoreId store, Set<NodeId> holders) {
        SimReplica child = replica(store, holders);
        children.put(store, child);
        protocol.add(child);
    }

    SimReplica child(StoreId store) {
        return children.get(store);
    }

    /** As a power failure does it: without a word. */
    void crash() {
        up = false;
        life++;
        network.cut();
        protocol.stop();
    }

    void linkDown(PeerLink link, int ofLife) {
        if (up && life == ofLife) {
            protocol.linkDown(link);
        }
    }

    SignedCommit write(int key, int size) {
        return write(replica, key, size);
    }

    /** Writes into a child store that it holds. */
    SignedCommit write(StoreId store, int key, int size) {
        return write(children.get(store), key, size);
    }

    private SignedCommit write(SimReplica into, int key, int size) {
        SignedCommit commit = into.write(author, key, clock(), size);
        protocol.committed(into.store(), List.of(commit));
        return commit;
    }

    private long clock() {
        return Math.max(0, 1_000_000 + time.now() + clockSkew);
    }

    /** Nodes on different sides do not reach each other. */
    void move(int to) {
        side = to;
    }

    void count(int sent, boolean aboutCommits) {
        bytes += sent;
        commitBytes += aboutCommits ? sent : 0;
    }

    NodeId id() {
        return contact.node();
    }

    int number() {
        return number;
    }

    /** A hash of all that it holds, who is a member included. */
    long state() {
        return 31L * replica.digest() + root.map(SimReplica::digest).orElse(0);
    }

    /** How many commits it holds, grants included. */
    long held() {
        return replica.held() + root.map(SimReplica::held).orElse(0L);
    }

    SimMembers members() {
        return members;
    }

    Author author() {
        return author;
    }

    Contact contact() {
        return contact;
    }

    MeshProtocol protocol() {
        return protocol;
    }

    SimReplica replica() {
        return replica;
    }

    Mischief mischief() {
        return mischief;
    }

    boolean isUp() {
        return up;
    }

    int side() {
        return side;
    }

    int life() {
        return life;
    }

    long bytes() {
        return bytes;
    }

    void countReceived(int length) {
        received += length;
    }

    /** Bytes of messages that reached it. */
    long received() {
        return received;
    }

    long commitBytes() {
        return commitBytes;
    }

    long misbehaviours() {
        return misbehaviours;
    }

    long unknownAuthors() {
        return unknownAuthors;
    }
}
