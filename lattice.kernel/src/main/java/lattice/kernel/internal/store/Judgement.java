package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
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
import lattice.kernel.internal.validity.Position;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.ConflictRule;
import lattice.kernel.internal.view.Projection;

/**
 * Finds out what is in force at the keys that some nodes have written, as if all commits came only now: it reads the log
 * twice, once for those nodes' keys and once for all that was written there.
 */
final class Judgement {
    private final CommitLog log;
    private final Projection projection;
    private final BiPredicate<Position, TransactionSection> isVoid;
    private final StoreId store;

    Judgement(CommitLog log, Projection projection, BiPredicate<Position, TransactionSection> isVoid, StoreId store) {
        this.log = log;
        this.projection = projection;
        this.isVoid = isVoid;
        this.store = store;
    }

    private interface Visitor {
        void visit(Commit commit, Hash hash);
    }

    /** What changes, if the commits of some nodes are judged again. */
    List<Projection.Update> of(Set<NodeId> nodes, long revision) throws IOException, FormatException {
        TreeSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        read((commit, hash) -> {
            if (nodes.contains(commit.author().node())) {
                commit.transactions().forEach(transaction -> transaction.writes().forEach(write -> keys.add(write.key())));
            }
        });
        Map<byte[], Cell> cells = new TreeMap<>(Arrays::compareUnsigned);
        read((commit, hash) -> {
            Position position = new Position(store, commit.author(), commit.sequence(), hash);
            int index = 0;
            for (TransactionSection transaction : commit.transactions()) {
                boolean counts = !commit.needsNewerNode() && !isVoid.test(position, transaction);
                for (Write write : transaction.writes()) {
                    if (counts && keys.contains(write.key())) {
                        cells.put(write.key(), ConflictRule.merge(cells.get(write.key()),
                                new Version(commit.time(), commit.author(), index), write.overwrote(), write.value(),
                                revision).cell());
                    }
                    index++;
                }
            }
        });
        List<Projection.Update> updates = new ArrayList<>();
        for (byte[] key : keys) {
            Cell before = projection.current(key, null);
            Cell after = cells.get(key);
            if (after == null && before != null && !before.isDeletion()) {
                // As if nobody had ever written it: whatever is written there later wins.
                Version never = new Version(HybridTime.ZERO, new Author(before.version().author().node(), 0), 0);
                updates.add(new Projection.Update(key, new Cell(never, null, false, revision, revision, null,
                        revision)));
            } else if (after != null && (before == null || !before.version().equals(after.version()))) {
                updates.add(new Projection.Update(key, new Cell(after.version(), after.overwrote(), after.concurrent(),
                        revision, revision, after.value(), revision)));
            }
        }
        return updates;
    }

    private void read(Visitor visitor) throws IOException, FormatException {
        try (LogReader reader = log.readFrom(log.firstRevision())) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit found && found.stage() != Stage.WAITING) {
                    visitor.visit(CommitCodec.decode(found.commit()), Hash.of(found.commit()));
                }
            }
        }
    }
}
