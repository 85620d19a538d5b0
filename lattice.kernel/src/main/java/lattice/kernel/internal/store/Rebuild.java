package lattice.kernel.internal.store;

import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import lattice.kernel.internal.view.DamagedViewException;

/**
 * How far the making of a view has come. The work is counted in bytes: those of the log are read, those of the snapshot and of
 * what the log adds to it are written, which may be less if keys were overwritten. For one thread at a time; its words are for any.
 */
final class Rebuild {
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final String name;
    private final Consumer<String> listener;
    private final long started = System.nanoTime();
    private long reported = started;
    private long total = 1;
    private long done;
    private long rows;
    private volatile String words = "";
    private volatile boolean givenUp;

    /** @param listener given {@link #words} now and then, on the thread that does the work, once it has taken a second */
    Rebuild(String name, Consumer<String> listener) {
        this.name = name;
        this.listener = listener;
    }

    /** What there is to do. */
    void plan(long logBytes, long snapshotBytes) {
        total = Math.max(1, 2 * logBytes + snapshotBytes);
    }

    /** A record of the log was read. */
    void read(long bytes) {
        done += bytes;
        report();
    }

    /** The same cells, each counted when it is taken. */
    Iterator<Map.Entry<byte[], byte[]>> counting(Iterator<Map.Entry<byte[], byte[]>> cells) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return cells.hasNext();
            }

            @Override
            public Map.Entry<byte[], byte[]> next() {
                if (givenUp) {
                    throw new DamagedViewException("The view of store " + name + " was given up while it was made.", null);
                }
                Map.Entry<byte[], byte[]> cell = cells.next();
                rows++;
                done += cell.getKey().length + cell.getValue().length;
                report();
                return cell;
            }
        };
    }

    private void report() {
        long now = System.nanoTime();
        if (now - reported < EVERY_NANOS || now - started < QUIET_NANOS) {
            return;
        }
        reported = now;
        double part = Math.min(0.99, (double) done / total);
        long left = Math.round((now - started) / 1e9 * (1 - part) / Math.max(part, 0.001));
        words = String.format("The view of store %s is made anew from its log: %d %%, %sabout %d s left.", name,
                (int) (100 * part), rows == 0 ? "" : String.format("%,d rows, ", rows), Math.max(1, left));
        listener.accept(words);
    }

    /** Has it end, without a view, as soon as it notices. By any thread. */
    void giveUp() {
        givenUp = true;
    }

    /** How far it has come, as a sentence; empty as long as it is quick. */
    Optional<String> words() {
        return words.isEmpty() ? Optional.empty() : Optional.of(words);
    }

    long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
    }
}
