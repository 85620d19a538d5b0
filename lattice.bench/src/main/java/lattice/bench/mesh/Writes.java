package lattice.bench.mesh;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/** Writes that go on while earlier ones are not answered yet: so many in a second, or so many at once. */
final class Writes {
    private static final int PATIENCE_SECONDS = 120;

    private final IntFunction<CompletableFuture<?>> write;
    private final long[] written;
    private final Histogram nanos = new SynchronizedHistogram(3);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /**
     * @param write writes the n-th
     * @param written one place for each; filled in with when it was begun
     */
    Writes(IntFunction<CompletableFuture<?>> write, long[] written) {
        this.write = write;
        this.written = written;
    }

    /** So many a second, whatever the answers do; returns how long each answer took from when its turn was. */
    Histogram paced(int perSecond) throws Exception {
        Semaphore answered = new Semaphore(0);
        long began = System.nanoTime();
        for (int i = 0; i < written.length; i++) {
            written[i] = began + i * 1_000_000_000L / perSecond;
            while (System.nanoTime() < written[i]) {
                // Not sleep: on Java 17 that goes on to the next whole millisecond.
                LockSupport.parkNanos(written[i] - System.nanoTime());
            }
            begin(i, answered);
        }
        return await(answered, written.length);
    }

    /** As fast as it goes with so many unanswered. */
    Histogram atOnce(int unanswered) throws Exception {
        Semaphore room = new Semaphore(unanswered);
        for (int i = 0; i < written.length; i++) {
            room.acquire();
            written[i] = System.nanoTime();
            begin(i, room);
        }
        return await(room, unanswered);
    }

    private void begin(int number, Semaphore answered) {
        write.apply(number).whenComplete((done, why) -> {
            if (why != null) {
                failure.compareAndSet(null, why);
            }
            nanos.recordValue(System.nanoTime() - written[number]);
            answered.release();
        });
    }

    private Histogram await(Semaphore answered, int count) throws Exception {
        if (!answered.tryAcquire(count, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("Not all writes were answered within " + PATIENCE_SECONDS + " s.");
        }
        if (failure.get() != null) {
            throw new IllegalStateException("A write failed: " + failure.get().getMessage(), failure.get());
        }
        return nanos;
    }
}
