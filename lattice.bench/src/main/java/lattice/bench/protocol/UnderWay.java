package lattice.bench.protocol;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** So many calls under way all the time: each answer starts the next call. */
final class UnderWay {
    private static final int PATIENCE_SECONDS = 60;

    private final int count;
    private final Supplier<CompletionStage<?>> call;
    private final Histogram nanos = new ConcurrentHistogram(3);
    private final Semaphore free;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean counts;
    private volatile boolean over;

    /** What came of it. */
    record Counted(Duration time, Histogram nanos, Cost cost) {
        Counted plus(Counted other) {
            Histogram both = nanos.copy();
            both.add(other.nanos);
            return new Counted(time.plus(other.time), both, cost.plus(other.cost));
        }

        double perSecond() {
            return nanos.getTotalCount() * 1e9 / time.toNanos();
        }

        double each(double total) {
            return total / nanos.getTotalCount();
        }
    }

    UnderWay(int count, Supplier<CompletionStage<?>> call) {
        this.count = count;
        this.call = call;
        this.free = new Semaphore(0);
    }

    /** @param server the process whose time counts */
    Counted run(Duration warmUp, Duration measured, long server)
            throws InterruptedException, IOException, TimeoutException {
        for (int i = 0; i < count; i++) {
            next();
        }
        TimeUnit.NANOSECONDS.sleep(warmUp.toNanos());
        Cost before = Cost.now(server);
        long from = System.nanoTime();
        counts = true;
        TimeUnit.NANOSECONDS.sleep(measured.toNanos());
        counts = false;
        long to = System.nanoTime();
        Cost cost = Cost.now(server).minus(before);
        over = true;
        if (!free.tryAcquire(count, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new TimeoutException("Calls were not answered within " + PATIENCE_SECONDS + " s.");
        }
        if (failure.get() != null) {
            throw new IllegalStateException("A call failed", failure.get());
        }
        return new Counted(Duration.ofNanos(to - from), nanos, cost);
    }

    private void next() {
        long before = System.nanoTime();
        call.get().whenComplete((answer, failed) -> {
            if (failed != null) {
                failure.compareAndSet(null, failed);
            } else if (counts) {
                nanos.recordValue(System.nanoTime() - before);
            }
            if (over || failed != null) {
                free.release();
            } else {
                next();
            }
        });
    }
}
