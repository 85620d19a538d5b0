package lattice.bench.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * Load from threads that each wait for an answer before they ask again. So the latencies are those of a system that is as
 * busy as that many clients make it, and not those of a queue in front of it.
 *
 * @param threads how many ask at the same time
 * @param warmUp how long they do before it counts
 * @param measured how long it counts
 */
public record ClosedLoop(int threads, Duration warmUp, Duration measured) {
    private static final int PRECISION_DIGITS = 3;

    /** What one thread does. */
    public interface Task {
        void run() throws Exception;
    }

    /** Makes the task of a thread, and what it needs for itself. */
    public interface Tasks {
        Task forThread(int thread) throws Exception;
    }

    /** Runs tasks until the time is over. */
    public Timed run(Tasks tasks) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CyclicBarrier start = new CyclicBarrier(threads);
            List<Callable<Histogram>> loops = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                Task task = tasks.forThread(thread);
                loops.add(() -> loop(task, start));
            }
            Histogram all = new Histogram(PRECISION_DIGITS);
            for (Future<Histogram> loop : executor.invokeAll(loops)) {
                all.add(loop.get());
            }
            return new Timed(all.getTotalCount(), measured, all);
        } finally {
            executor.shutdownNow();
        }
    }

    private Histogram loop(Task task, CyclicBarrier start) throws Exception {
        start.await();
        long began = System.nanoTime();
        while (System.nanoTime() - began < warmUp.toNanos()) {
            task.run();
        }
        Histogram nanos = new Histogram(PRECISION_DIGITS);
        long counted = began + warmUp.toNanos();
        long end = counted + measured.toNanos();
        for (long before = System.nanoTime(); before < end;) {
            task.run();
            long after = System.nanoTime();
            // Only what ended within the time counts towards the rate.
            if (after <= end) {
                nanos.recordValue(after - before);
            }
            before = after;
        }
        return nanos;
    }
}
