package lattice.bench.load;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
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
            ProcessorTime processor = new ProcessorTime();
            CyclicBarrier start = new CyclicBarrier(threads);
            List<Callable<Histogram>> loops = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                Task task = tasks.forThread(thread);
                loops.add(() -> loop(task, start, processor));
            }
            Histogram all = new Histogram(PRECISION_DIGITS);
            for (Future<Histogram> loop : executor.invokeAll(loops)) {
                all.add(loop.get());
            }
            return new Timed(all.getTotalCount(), measured, all, processor.taken());
        } finally {
            executor.shutdownNow();
        }
    }

    /** What this process takes of the processors from when the first thread counts to when the first has counted. */
    private static final class ProcessorTime {
        private static final OperatingSystemMXBean SYSTEM =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

        private final AtomicLong from = new AtomicLong(-1);
        private final AtomicLong to = new AtomicLong(-1);

        ProcessorTime() {
            // The first reading takes as long as a short measurement.
            SYSTEM.getProcessCpuTime();
        }

        void begins() {
            if (from.get() < 0) {
                from.compareAndSet(-1, SYSTEM.getProcessCpuTime());
            }
        }

        void ends() {
            if (to.get() < 0) {
                to.compareAndSet(-1, SYSTEM.getProcessCpuTime());
            }
        }

        Duration taken() {
            return Duration.ofNanos(to.get() - from.get());
        }
    }

    private Histogram loop(Task task, CyclicBarrier start, ProcessorTime processor) throws Exception {
        start.await();
        long began = System.nanoTime();
        while (System.nanoTime() - began < warmUp.toNanos()) {
            task.run();
        }
        processor.begins();
        Histogram nanos = new Histogram(PRECISION_DIGITS);
        long counted = System.nanoTime();
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
        processor.ends();
        return nanos;
    }
}
