package lattice.service.health.internal;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;

/**
 * Runs checks side by side, each within a time limit. One that hangs costs a thread until it comes back, is reported, and
 * holds up none of the others.
 */
final class CheckRunner implements AutoCloseable {
    private static final int MAX_THREADS = 32;
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final Supplier<List<NamedCheck>> checks;
    private final Duration patience;
    private final InstantSource clock;
    private final ThreadPoolExecutor executor;
    private final Map<HealthCheck, Future<Result>> hanging = new HashMap<>();

    CheckRunner(Supplier<List<NamedCheck>> checks, Duration patience, InstantSource clock) {
        this.checks = checks;
        this.patience = patience;
        this.clock = clock;
        this.executor = new ThreadPoolExecutor(0, MAX_THREADS, IDLE.toSeconds(), TimeUnit.SECONDS, new SynchronousQueue<>(),
                DaemonThreads.named("lattice.health check"));
    }

    private interface Pending {
        Finding await(long deadline) throws InterruptedException;
    }

    /** Runs all checks once; called by one thread at a time. */
    Report run() throws InterruptedException {
        hanging.values().removeIf(Future::isDone);
        List<Pending> pending = checks.get().stream().map(this::start).toList();
        long deadline = System.nanoTime() + patience.toNanos();
        List<Finding> findings = new ArrayList<>();
        for (Pending check : pending) {
            findings.add(check.await(deadline));
        }
        return new Report(clock.instant(), List.copyOf(findings));
    }

    private Pending start(NamedCheck check) {
        if (hanging.containsKey(check.check())) {
            return deadline -> hangs(check);
        }
        try {
            Future<Result> result = executor.submit(check.check()::execute);
            return deadline -> await(check, result, deadline);
        } catch (RejectedExecutionException e) {
            return deadline -> Finding.error(check.name(),
                    "The check was not run: more than " + MAX_THREADS + " run or hang already.");
        }
    }

    private Finding await(NamedCheck check, Future<Result> result, long deadline) throws InterruptedException {
        try {
            return Finding.of(check.name(), result.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            hanging.put(check.check(), result);
            return hangs(check);
        } catch (ExecutionException e) {
            return Finding.error(check.name(), "The check failed: " + e.getCause());
        }
    }

    private Finding hangs(NamedCheck check) {
        return Finding.error(check.name(), "The check does not come back within " + patience.toSeconds() + " s.");
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
