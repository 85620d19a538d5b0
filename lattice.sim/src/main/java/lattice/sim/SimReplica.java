package lattice.sim;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;
import lattice.mesh.internal.protocol.Head;
import lattice.mesh.internal.protocol.Replica;

/**
 * The commits of a store in memory, and the state that they make: of each key the greatest version. What a checkpoint covers
 * is dropped when it is made.
 */
final class SimReplica implements Replica {
    private final StoreId store;
    private final Set<NodeId> holders;
    private final VirtualTime time;
    private final int diskMillis;
    private final Map<Author, SimChain> chains = new LinkedHashMap<>();
    private final Map<Integer, Version> state = new TreeMap<>();
    private final Map<Author, Long> forks = new LinkedHashMap<>();
    private final List<SimGrant> granted = new ArrayList<>();
    private final Consumer<SimFork> found;
    private final Runnable learned;
    private long held;
    private byte[] checkpoint = new byte[0];
    private byte[] accepted = new byte[0];
    private ByteArrayOutputStream arriving = new ByteArrayOutputStream();

    /**
     * @param holders the nodes that hold the store; empty if all do
     * @param found told of a proof that an author made two histories
     * @param learned told that such a proof has been taken in, or that a node was let in
     */
    SimReplica(StoreId store, Set<NodeId> holders, VirtualTime time, int diskMillis, Consumer<SimFork> found, Runnable learned) {
        this.found = found;
        this.learned = learned;
        this.store = store;
        this.holders = Set.copyOf(holders);
        this.time = time;
        this.diskMillis = diskMillis;
    }

    @Override
    public StoreId store() {
        return store;
    }

    @Override
    public Collection<Head> heads() {
        return chains.keySet().stream().map(this::head).filter(head -> head.sequence() > 0).toList();
    }

    @Override
    public Head head(Author author) {
        SimChain chain = chains.get(author);
        long last = chain == null ? 0 : only(author, chain);
        return last == 0 ? new Head(author, 0, 0)
                : new Head(author, last, ByteBuffer.wrap(last == chain.length() ? chain.tip() : SimCommit.chain(chain.get(last))).getLong());
    }

    /** The last commit of an author up to which there is only one history. */
    private long only(Author author, SimChain chain) {
        return Math.min(chain.length(), forks.getOrDefault(author, Long.MAX_VALUE) - 1);
    }

    @Override
    public long hash(SignedCommit commit) {
        return ByteBuffer.wrap(SimCommit.chain(commit)).getLong();
    }

    @Override
    public Map<Author, Long> forked() {
        return Map.copyOf(forks);
    }

    @Override
    public void read(VersionVector known, int maxBytes, Consumer<List<SignedCommit>> then) {
        List<SignedCommit> read = new ArrayList<>();
        int bytes = 0;
        for (Map.Entry<Author, SimChain> each : chains.entrySet()) {
            SimChain chain = each.getValue();
            long next = known.of(each.getKey()) + 1;
            while (next > chain.dropped() && next <= only(each.getKey(), chain) && bytes < maxBytes) {
                SignedCommit commit = chain.get(next++);
                read.add(commit);
                bytes += commit.commit().length;
            }
        }
        time.after(diskMillis, () -> then.accept(read));
    }

    @Override
    public void ingest(List<SignedCommit> commits, Consumer<IngestResult> then) {
        time.after(diskMillis, () -> then.accept(ingest(commits)));
    }

    @Override
    public Set<NodeId> holders() {
        return holders;
    }

    /** Makes a checkpoint of all that is held, and drops the commits that it covers. */
    void settle() {
        Map<Author, SimState.Head> authors = new TreeMap<>();
        chains.forEach((author, chain) -> authors.put(author, new SimState.Head(chain.length(), chain.tip())));
        checkpoint = new SimState(authors, state).encode();
        chains.values().forEach(SimChain::drop);
    }

    @Override
    public void offer(Consumer<Optional<StateOffer>> then) {
        Optional<StateOffer> offer = checkpoint.length == 0 ? Optional.empty()
                : Optional.of(new StateOffer(new byte[0], SimCommit.signCheckpoint(checkpoint)));
        time.after(diskMillis, () -> then.accept(offer));
    }

    /** No disk is damaged here. */
    @Override
    public void lackedState(Consumer<Optional<StateOffer>> then) {
        time.after(diskMillis, () -> then.accept(Optional.empty()));
    }

    @Override
    public void state(byte[] hash, long offset, int maxBytes, Consumer<byte[]> then) {
        boolean held = Arrays.equals(SimCommit.sha256(checkpoint), hash) && offset < checkpoint.length;
        byte[] part = held ? Arrays.copyOfRange(checkpoint, (int) offset, (int) Math.min(checkpoint.length, offset + maxBytes))
                : new byte[0];
        time.after(diskMillis, () -> then.accept(part));
    }

    @Override
    public void accept(StateOffer offer, Consumer<Optional<StateProgress>> then) {
        if (!SimCommit.isGenuineCheckpoint(offer.checkpoint())) {
            time.after(diskMillis, () -> then.accept(Optional.empty()));
            return;
        }
        if (!Arrays.equals(accepted, offer.checkpoint())) {
            accepted = offer.checkpoint();
            arriving = new ByteArrayOutputStream();
        }
        time.after(diskMillis, () -> then.accept(Optional.of(progress())));
    }

    private StateProgress progress() {
        return new StateProgress(SimCommit.stateHash(accepted), arriving.size(), SimCommit.stateBytes(accepted));
    }

    @Override
    public void receive(byte[] hash, long offset, byte[] part, Consumer<Optional<StateProgress>> then) {
        if (offset == arriving.size()) {
            arriving.writeBytes(part);
        }
        StateProgress progress = progress();
        boolean genuine = !progress.isComplete() || Arrays.equals(SimCommit.sha256(arriving.toByteArray()), progress.state());
        if (genuine && progress.isComplete()) {
            install(arriving.toByteArray());
        }
        time.after(diskMillis, () -> then.accept(genuine ? Optional.of(progress) : Optional.empty()));
    }

    private void install(byte[] bytes) {
        SimState arrived = SimState.decode(bytes);
        checkpoint = bytes;
        arrived.authors().forEach((author, head) -> {
            SimChain chain = chains.computeIfAbsent(author, key -> new SimChain());
            if (head.sequence() > chain.length()) {
                held += head.sequence() - chain.length();
                chain.goOnFrom(head.sequence(), head.hash());
            }
        });
        arrived.keys().forEach((key, version) -> state.merge(key, version, SimReplica::later));
    }

    private static Version later(Version one, Version other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private IngestResult ingest(List<SignedCommit> commits) {
        int added = 0;
        for (SignedCommit commit : commits) {
            Author author = commit.author();
            SimChain chain = chains.computeIfAbsent(author, key -> new SimChain());
            if (commit.sequence() <= chain.dropped() || commit.sequence() <= chain.length()
                    && Arrays.equals(chain.get(commit.sequence()).commit(), commit.commit())) {
                continue;
            }
            if (commit.sequence() > chain.length() + 1) {
                return new IngestResult.Gap(author, chain.length() + 1);
            }
            if (!SimCommit.isGenuine(commit)) {
                return new IngestResult.Rejected(author, commit.sequence(), "its signature is wrong");
            }
            if (commit.sequence() <= chain.length()) {
                return parted(new SimFork(chain.get(commit.sequence()), commit));
            }
            if (!SimCommit.follows(commit, chain.tip())) {
                return new IngestResult.Parted(author, 0, chain.length());
            }
            if (commit.sequence() >= forks.getOrDefault(author, Long.MAX_VALUE)) {
                return new IngestResult.Forked(author, forks.get(author));
            }
            append(chain, commit);
            added++;
        }
        return new IngestResult.Accepted(added);
    }

    /** There are two commits of one number; only if they follow the same one it is the first such number. */
    private IngestResult parted(SimFork fork) {
        if (!fork.isProof()) {
            return new IngestResult.Parted(fork.author(), 0, fork.from());
        }
        if (!forks.containsKey(fork.author())) {
            found.accept(fork);
        }
        return new IngestResult.Forked(fork.author(), fork.from());
    }

    private void append(SimChain chain, SignedCommit commit) {
        chain.append(commit);
        add(commit);
        Optional<SimFork> fork = SimCommit.proof(commit).filter(proof -> !forks.containsKey(proof.author()));
        if (fork.isPresent()) {
            forks.put(fork.get().author(), fork.get().from());
            judgeAgain();
            learned.run();
        }
        SimCommit.granted(commit).ifPresent(number -> {
            granted.add(new SimGrant(commit.author().node(), number));
            learned.run();
        });
    }

    private void add(SignedCommit commit) {
        held++;
        state.merge(SimCommit.key(commit), new Version(new HybridTime(SimCommit.time(commit)), commit.author(), 0),
                SimReplica::later);
    }

    /** Adds up anew what counts; nothing may have been dropped. */
    private void judgeAgain() {
        held = 0;
        state.clear();
        chains.forEach((author, chain) -> {
            for (long number = 1; number <= only(author, chain); number++) {
                add(chain.get(number));
            }
        });
    }

    /** A commit of this replica's own node. */
    SignedCommit write(Author author, int key, long clock, int size) {
        SimChain chain = chains.computeIfAbsent(author, created -> new SimChain());
        SignedCommit commit = SimCommit.of(author, chain.length() + 1, chain.tip(), HybridTime.ofMillis(clock).bits(), key,
                size);
        append(chain, commit);
        return commit;
    }

    /** Lets a node in. */
    SignedCommit grant(Author author, long clock, int number) {
        SimChain chain = chains.computeIfAbsent(author, created -> new SimChain());
        SignedCommit commit = SimCommit.ofGrant(author, chain.length() + 1, chain.tip(), HybridTime.ofMillis(clock).bits(), number);
        append(chain, commit);
        return commit;
    }

    /** Who was let in by whom, as far as is held here. */
    List<SimGrant> granted() {
        return List.copyOf(granted);
    }

    /** Says that an author made two histories. */
    SignedCommit write(Author author, long clock, SimFork fork) {
        SimChain chain = chains.computeIfAbsent(author, created -> new SimChain());
        SignedCommit commit = SimCommit.ofProof(author, chain.length() + 1, chain.tip(), HybridTime.ofMillis(clock).bits(), fork);
        append(chain, commit);
        return commit;
    }

    /** Of a commit held here, what stands in its place in another history of its author, which is the same up to the first. */
    SignedCommit twin(SignedCommit commit) {
        SimChain chain = chains.get(commit.author());
        SignedCommit before = chain.get(commit.sequence() - 1);
        return SimCommit.of(commit.author(), commit.sequence(), SimCommit.chain(commit.sequence() == 2 ? before : twin(before)),
                SimCommit.time(commit), SimCommit.key(commit) + 1, commit.commit().length);
    }

    long held() {
        return held;
    }

    boolean holds(SignedCommit commit) {
        SimChain chain = chains.get(commit.author());
        return chain != null && chain.length() >= commit.sequence();
    }

    int digest() {
        return state.hashCode();
    }
}
