package lattice.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

/** The commits of a store in memory, and the state that they make: of each key the greatest version. */
final class SimReplica implements Replica {
    private static final byte[] FIRST = new byte[32];

    private final StoreId store;
    private final VirtualTime time;
    private final int diskMillis;
    private final Map<Author, List<SignedCommit>> chains = new LinkedHashMap<>();
    private final Map<Integer, Version> state = new TreeMap<>();
    private long held;

    SimReplica(StoreId store, VirtualTime time, int diskMillis) {
        this.store = store;
        this.time = time;
        this.diskMillis = diskMillis;
    }

    @Override
    public StoreId store() {
        return store;
    }

    @Override
    public Collection<Head> heads() {
        List<Head> heads = new ArrayList<>();
        chains.forEach((author, chain) -> {
            SignedCommit last = chain.get(chain.size() - 1);
            heads.add(new Head(author, last.sequence(), ByteBuffer.wrap(SimCommit.chain(last)).getLong()));
        });
        return heads;
    }

    @Override
    public void read(VersionVector known, int maxBytes, Consumer<List<SignedCommit>> then) {
        List<SignedCommit> read = new ArrayList<>();
        int bytes = 0;
        for (Map.Entry<Author, List<SignedCommit>> each : chains.entrySet()) {
            for (long next = known.of(each.getKey()); next < each.getValue().size() && bytes < maxBytes; next++) {
                SignedCommit commit = each.getValue().get((int) next);
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
    public boolean isFor(NodeId node) {
        return true;
    }

    /** All commits are kept. */
    @Override
    public void offer(Consumer<Optional<StateOffer>> then) {
        time.after(diskMillis, () -> then.accept(Optional.empty()));
    }

    @Override
    public void state(byte[] state, long offset, int maxBytes, Consumer<byte[]> then) {
        time.after(diskMillis, () -> then.accept(new byte[0]));
    }

    /** Nobody makes checkpoints, so whatever is offered was not signed. */
    @Override
    public void accept(StateOffer offer, Consumer<Optional<StateProgress>> then) {
        time.after(diskMillis, () -> then.accept(Optional.empty()));
    }

    @Override
    public void receive(byte[] state, long offset, byte[] part, Consumer<Optional<StateProgress>> then) {
        time.after(diskMillis, () -> then.accept(Optional.empty()));
    }

    private IngestResult ingest(List<SignedCommit> commits) {
        int added = 0;
        for (SignedCommit commit : commits) {
            List<SignedCommit> chain = chains.getOrDefault(commit.author(), List.of());
            if (commit.sequence() <= chain.size()) {
                continue;
            }
            if (commit.sequence() > chain.size() + 1) {
                return new IngestResult.Gap(commit.author(), chain.size() + 1);
            }
            if (!SimCommit.isGenuine(commit)) {
                return new IngestResult.Rejected(commit.author(), commit.sequence(), "its signature is wrong");
            }
            if (!SimCommit.follows(commit, tip(chain))) {
                return new IngestResult.Rejected(commit.author(), commit.sequence(), "it is not chained to the one before");
            }
            append(commit);
            added++;
        }
        return new IngestResult.Accepted(added);
    }

    private static byte[] tip(List<SignedCommit> chain) {
        return chain.isEmpty() ? FIRST : SimCommit.chain(chain.get(chain.size() - 1));
    }

    private void append(SignedCommit commit) {
        chains.computeIfAbsent(commit.author(), key -> new ArrayList<>(1)).add(commit);
        held++;
        Version version = new Version(new HybridTime(SimCommit.time(commit)), commit.author(), 0);
        state.merge(SimCommit.key(commit), version, (one, other) -> one.compareTo(other) > 0 ? one : other);
    }

    /** A commit of this replica's own node. */
    SignedCommit write(Author author, int key, long clock, int size) {
        List<SignedCommit> chain = chains.getOrDefault(author, List.of());
        SignedCommit commit = SimCommit.of(author, chain.size() + 1L, tip(chain), HybridTime.ofMillis(clock).bits(), key,
                size);
        append(commit);
        return commit;
    }

    long held() {
        return held;
    }

    boolean holds(SignedCommit commit) {
        return chains.getOrDefault(commit.author(), List.of()).size() >= commit.sequence();
    }

    int digest() {
        return state.hashCode();
    }
}
