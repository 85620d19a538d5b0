package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.CheckpointChain;
import lattice.kernel.internal.validity.Position;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.ConflictRule;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.internal.view.Update;

/**
 * Finds out what is in force at the keys that some nodes have written, as if all commits came only now: it reads the log
 * twice, once for those nodes' keys and once for all that was written there.
 */
final class Judgement {
    private final CommitLog log;
    private final Projection projection;
    private final Chains chains;
    private final Judge judge;
    private final StoreId store;
    private final Supplier<Checkpoints.Settled> settled;

    /** @param settled the state of the last checkpoint: what it covers is not judged again */
    Judgement(CommitLog log, Projection projection, Chains chains, Judge judge, StoreId store,
            Supplier<Checkpoints.Settled> settled) {
        this.log = log;
        this.projection = projection;
        this.chains = chains;
        this.judge = judge;
        this.store = store;
        this.settled = settled;
    }

    /** Whether a transaction counts for nothing. */
    interface Judge {
        boolean isVoid(Commit commit, Position position, TransactionSection transaction);
    }

    private interface Visitor {
        /** @return whether to go on */
        boolean visit(Commit commit, Hash hash);
    }

    /** The nodes of which commits are held that came too late for a checkpoint. */
    Set<NodeId> late(CheckpointChain chain) throws IOException, FormatException {
        Set<NodeId> late = new HashSet<>();
        Set<Author> open = new HashSet<>();
        long from = Long.MAX_VALUE;
        for (Map.Entry<Author, Chains.Head> head : chains.heads().entrySet()) {
            long upTo = chain.upTo(head.getKey());
            if (head.getValue().sequence() <= upTo) {
                continue;
            }
            if (chain.missed(head.getKey(), head.getValue().sequence(), head.getValue().time()).isPresent()) {
                late.add(head.getKey().node());
            } else {
                open.add(head.getKey());
                from = Math.min(from, chains.revisionBefore(head.getKey(), upTo + 1));
            }
        }
        if (!open.isEmpty()) {
            read(Math.max(from, log.firstRevision()), (commit, hash) -> {
                if (open.contains(commit.author()) && commit.sequence() > chain.upTo(commit.author())) {
                    // Later ones of it have later times.
                    open.remove(commit.author());
                    if (chain.missed(commit.author(), commit.sequence(), commit.time()).isPresent()) {
                        late.add(commit.author().node());
                    }
                }
                return !open.isEmpty();
            });
        }
        return late;
    }

    /** What changes, if the commits of some nodes are judged again. */
    List<Update> of(Set<NodeId> nodes, long revision) throws IOException, FormatException {
        TreeSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        Checkpoints.Settled base = settled.get();
        read(log.firstRevision(), (commit, hash) -> {
            if (nodes.contains(commit.author().node())) {
                commit.transactions().forEach(transaction -> transaction.writes().forEach(write -> keys.add(write.key())));
            }
            return true;
        });
        if (keys.isEmpty()) {
            return List.of();
        }
        Map<byte[], Cell> cells = new TreeMap<>(Arrays::compareUnsigned);
        addSettled(base, keys, cells);
        read(log.firstRevision(), (commit, hash) -> {
            if (base.covers(commit)) {
                return true;
            }
            Position position = new Position(store, commit.author(), commit.sequence(), hash);
            int index = 0;
            boolean needsNewerNode = commit.needsNewerNode();
            for (TransactionSection transaction : commit.transactions()) {
                boolean counts = !needsNewerNode && !judge.isVoid(commit, position, transaction);
                for (Write write : transaction.writes()) {
                    if (counts && keys.contains(write.key())) {
                        cells.put(write.key(), ConflictRule.merge(cells.get(write.key()),
                                new Version(commit.time(), commit.author(), index), write.overwrote(), write.value(),
                                revision).cell());
                    }
                    index++;
                }
            }
            return true;
        });
        List<Update> updates = new ArrayList<>();
        for (byte[] key : keys) {
            Cell before = projection.current(key, null);
            Cell after = cells.get(key);
            if (after == null && before != null && !before.isDeletion()) {
                updates.add(new Update(key, before.voidedAt(revision)));
            } else if (after != null && (before == null || !before.isSameWriteAs(after))) {
                updates.add(new Update(key, after.judgedAt(revision)));
            }
        }
        return updates;
    }

    /** Adds what the state of a checkpoint holds at some keys. */
    private void addSettled(Checkpoints.Settled base, TreeSet<byte[]> keys, Map<byte[], Cell> cells)
            throws IOException, FormatException {
        if (base.file() == null) {
            return;
        }
        try (CellFile.Reader reader = new CellFile.Reader(log.files(), base.file())) {
            while (reader.hasNext()) {
                CellFile.Encoded next = reader.next();
                if (keys.contains(next.key())) {
                    cells.put(next.key(), Cell.decode(next.key(), next.cell()));
                }
            }
        }
    }

    private void read(long from, Visitor visitor) throws IOException, FormatException {
        try (LogReader reader = log.readFrom(from)) {
            boolean more = true;
            for (Optional<LogRecord> record = reader.next(); more && record.isPresent(); record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit found && found.stage() != Stage.WAITING) {
                    more = visitor.visit(CommitCodec.decode(found.commit()), CommitCodec.hash(found.commit()));
                }
            }
        }
    }
}
