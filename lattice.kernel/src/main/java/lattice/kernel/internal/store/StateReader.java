package lattice.kernel.internal.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.internal.view.Update;

/** Reads the state of a store, for any thread, while others write. */
final class StateReader {
    private static final int SCAN_CHUNK = 256;
    private static final int FIRST_CHUNK = 32;

    private final String store;
    private final Projection projection;
    private final Runnable checkOpen;

    /**
     * @param store what it is called
     * @param checkOpen throws a {@link StoreException} if the store is closed
     */
    StateReader(String store, Projection projection, Runnable checkOpen) {
        this.store = store;
        this.projection = projection;
        this.checkOpen = checkOpen;
    }

    Optional<Entry> get(Key key) {
        return cell(key.utf8()).filter(cell -> !cell.isDeletion()).map(cell -> cell.entry(key));
    }

    Optional<byte[]> value(byte[] key) {
        return cell(key).filter(cell -> !cell.isDeletion()).map(Cell::value);
    }

    /** What is in force at a key, be it a deletion. */
    Optional<Cell> cell(byte[] key) {
        return reading(() -> projection.get(key));
    }

    /** @param after only keys greater than this; null for all */
    Stream<Entry> scan(Prefix prefix, Key after) {
        checkOpen.run();
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(new Scan(prefix, after),
                Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.DISTINCT), false);
    }

    /** A scan in progress; it holds nothing between two chunks, so it may be left unfinished. */
    private final class Scan implements Iterator<Entry> {
        private final byte[] end;
        private byte[] from;
        private boolean inclusive = true;
        private boolean more = true;
        private int chunk = FIRST_CHUNK;
        private Iterator<Entry> ready = List.<Entry>of().iterator();

        Scan(Prefix prefix, Key after) {
            byte[] start;
            if (prefix.equals(Prefix.ALL)) {
                start = new byte[] {'/'};
                end = null;
            } else {
                byte[] path = prefix.path().getBytes(StandardCharsets.UTF_8);
                start = Arrays.copyOf(path, path.length + 1);
                start[path.length] = '/';
                // Keys below a prefix are those from "prefix/" to before "prefix0", 0 being the character after the slash.
                end = start.clone();
                end[path.length]++;
                Key itself = new Key(prefix.path());
                if (after == null || after.compareTo(itself) < 0) {
                    ready = get(itself).stream().iterator();
                }
            }
            from = start;
            if (after != null && Arrays.compareUnsigned(after.utf8(), start) >= 0) {
                from = after.utf8();
                inclusive = false;
            }
            more = end == null || Arrays.compareUnsigned(from, end) < 0;
        }

        @Override
        public boolean hasNext() {
            while (!ready.hasNext() && more) {
                Projection.Chunk found = reading(() -> projection.range(from, inclusive, end, chunk));
                List<Update> cells = found.cells();
                List<Entry> entries = new ArrayList<>(cells.size());
                for (Update update : cells) {
                    if (!update.cell().isDeletion()) {
                        entries.add(update.cell().entry(new Key(new String(update.key(), StandardCharsets.UTF_8))));
                    }
                }
                more = found.more() && !cells.isEmpty();
                if (more) {
                    from = cells.get(cells.size() - 1).key();
                    inclusive = false;
                    chunk = SCAN_CHUNK;
                }
                ready = entries.iterator();
            }
            return ready.hasNext();
        }

        @Override
        public Entry next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return ready.next();
        }
    }

    /**
     * Hashes all that is below a prefix, as it was at one revision; writes and reads go on.
     *
     * @param catchUpMillis how long the view is waited for
     */
    Engine.StateDigest digest(Prefix prefix, long catchUpMillis) {
        return reading(() -> {
            if (!projection.awaitApplied(catchUpMillis, TimeUnit.MILLISECONDS)) {
                throw new StoreException(StoreException.Code.UNAVAILABLE,
                        "The view of store " + store + " did not catch up with its log in time; try again.");
            }
            return projection.whilePaused(view -> {
                long revision = projection.applied();
                Digest digest = new Digest().addAll(view, prefix);
                return new Engine.StateDigest(revision, digest.count(), digest.finish());
            });
        });
    }

    /** What the view holds at a key, looked up ahead for the writer; null if that wouldn't help. */
    Projection.Hint hint(byte[] key) {
        return reading(() -> projection.hint(key));
    }

    /** What the view holds at many keys, looked up ahead for the writer, at once and by one thread. */
    Function<byte[], Projection.Hint> hints() {
        Projection.Hints hints = projection.new Hints();
        return key -> reading(() -> hints.of(key));
    }

    private <T> T reading(Supplier<T> read) {
        checkOpen.run();
        try {
            return read.get();
        } catch (DamagedViewException e) {
            checkOpen.run();
            throw new StoreException(StoreException.Code.UNAVAILABLE,
                    "The view of store " + store + " is damaged and is being repaired; try again in a moment.", e);
        }
    }
}
