package lattice.bench.mesh;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import org.HdrHistogram.Histogram;

/** Watches for keys {@code PREFIX/0} to {@code PREFIX/(count - 1)} and notes how long after its writing each is seen. */
final class Arrivals implements WatchListener, AutoCloseable {
    private final long[] written;
    private final Histogram nanos = new Histogram(3);
    private final CountDownLatch missing;
    private final AtomicReference<String> broken = new AtomicReference<>();
    private final Watch watch;

    /** @param written when each was written, by {@link System#nanoTime}; filled in by the writer before it writes */
    Arrivals(Store store, Prefix prefix, long[] written) {
        this.written = written;
        this.missing = new CountDownLatch(written.length);
        this.watch = store.watch(prefix, new WatchStart.Now(), this);
    }

    @Override
    public void changed(Changes changes) {
        long now = System.nanoTime();
        for (Change change : changes.changes()) {
            String[] segments = change.key().segments();
            nanos.recordValue(Math.max(0, now - written[Integer.parseInt(segments[segments.length - 1])]));
            missing.countDown();
        }
    }

    @Override
    public void ended(WatchEnd end) {
        broken.compareAndSet(null, String.valueOf(end));
    }

    /** Waits until all have been seen; returns how long it took until each was. */
    Histogram await(long seconds) throws InterruptedException {
        if (!missing.await(seconds, TimeUnit.SECONDS)) {
            throw new IllegalStateException(missing.getCount() + " of " + written.length + " writes were not seen within "
                    + seconds + " s" + (broken.get() == null ? "." : "; the watch ended: " + broken.get()));
        }
        return nanos;
    }

    @Override
    public void close() {
        watch.close();
    }
}
