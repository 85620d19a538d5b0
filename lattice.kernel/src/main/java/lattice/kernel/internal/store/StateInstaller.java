package lattice.kernel.internal.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.StoreException;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.ConflictRule;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.internal.view.Update;

/**
 * Puts the state of a checkpoint, which came from elsewhere and was checked, in the place of what is here; what is here and the
 * checkpoint does not cover stays. It becomes visible in the order of keys, as changes at new revisions; only when all of it
 * is there does the store say that it holds the commits. So if it is interrupted, it is begun again.
 */
final class StateInstaller {
    private static final int CELLS_AT_ONCE = 16 * 1024;
    private static final long BYTES_AT_ONCE = 8L * 1024 * 1024;

    private final Projection projection;
    private final StateFile.About about;
    private final TreeMap<byte[], Cell> open;
    private final Optional<HybridTime> missedUpTo;
    private final Set<Author> forked;

    /**
     * @param open what the commits add up to that are held here and not covered
     * @param missedUpTo up to when what is not covered came too late
     * @param forked who made two histories: nothing of them that is not covered counts
     */
    StateInstaller(Projection projection, StateFile.About about, TreeMap<byte[], Cell> open, Optional<HybridTime> missedUpTo,
            Set<Author> forked) {
        this.projection = projection;
        this.about = about;
        this.open = open;
        this.missedUpTo = missedUpTo;
        this.forked = forked;
    }

    /** Changes what is in force, at a revision that is this change's own, on the thread that writes. */
    interface Change {
        List<Update> at(long revision);
    }

    /** Has changes made one after another. */
    interface Changer {
        void change(Change change);
    }

    void install(CellFile.Reader cells, Changer changer) {
        byte[] behind = new byte[0];
        while (cells.hasNext()) {
            TreeMap<byte[], Cell> part = new TreeMap<>(Arrays::compareUnsigned);
            long bytes = 0;
            while (cells.hasNext() && part.size() < CELLS_AT_ONCE && bytes < BYTES_AT_ONCE) {
                CellFile.Encoded next = cells.next();
                part.put(next.key(), decode(next));
                bytes += next.key().length + next.cell().length;
            }
            byte[] from = behind;
            byte[] to = Arrays.copyOf(part.lastKey(), part.lastKey().length + 1);
            changer.change(revision -> merged(part, from, to, revision));
            behind = to;
        }
        byte[] last = behind;
        changer.change(revision -> merged(new TreeMap<>(Arrays::compareUnsigned), last, null, revision));
    }

    private static Cell decode(CellFile.Encoded cell) {
        try {
            return Cell.decode(cell.key(), cell.cell());
        } catch (FormatException e) {
            throw new StoreException(StoreException.Code.CORRUPT, "The state of a checkpoint can't be read: " + e.getMessage(), e);
        }
    }

    /** What changes in a range of keys. */
    private List<Update> merged(TreeMap<byte[], Cell> settled, byte[] from, byte[] to, long revision) {
        TreeMap<byte[], Cell> here = new TreeMap<>(Arrays::compareUnsigned);
        byte[] start = from;
        boolean more = true;
        boolean inclusive = true;
        while (more) {
            Projection.Chunk chunk = projection.range(start, inclusive, to, CELLS_AT_ONCE);
            chunk.cells().forEach(update -> here.put(update.key(), update.cell()));
            more = chunk.more() && !chunk.cells().isEmpty();
            if (more) {
                start = chunk.cells().get(chunk.cells().size() - 1).key();
                inclusive = false;
            }
        }
        TreeMap<byte[], Cell> then = new TreeMap<>(Arrays::compareUnsigned);
        then.putAll(settled);
        (to == null ? open.tailMap(from, true) : open.subMap(from, true, to, false))
                .forEach((key, cell) -> then.merge(key, cell, ConflictRule::combine));
        List<Update> updates = new ArrayList<>();
        here.forEach((key, now) -> {
            if (counts(now)) {
                then.merge(key, now, ConflictRule::combine);
            }
            if (!then.containsKey(key) && !now.isDeletion()) {
                updates.add(new Update(key, now.voidedAt(revision)));
            }
        });
        then.forEach((key, cell) -> {
            Cell now = here.get(key);
            if (now == null || !now.isSameWriteAs(cell)) {
                updates.add(new Update(key, cell.judgedAt(revision)));
            }
        });
        return updates;
    }

    /** Whether what is in force here counts beside the checkpoint: it is not covered, and in time. */
    private boolean counts(Cell now) {
        HybridTime time = now.version().time();
        StateFile.Covered covered = about.covered().getOrDefault(now.version().author(), StateFile.Covered.NONE);
        return time.compareTo(covered.time()) > 0 && !forked.contains(now.version().author())
                && missedUpTo.map(horizon -> time.compareTo(horizon) > 0).orElse(true);
    }
}
