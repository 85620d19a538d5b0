package lattice.deploy.internal;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.BundleException;

/** A step that runs code of a deployed bundle, on a thread of its own, so that a bundle that hangs holds up nobody else. */
final class Operation {
    private final long since = System.nanoTime();
    private final Thread thread;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    Operation(String name, Step step) {
        thread = new Thread(() -> {
            try {
                step.run();
                done.complete(null);
            } catch (Throwable e) {
                // Whatever a stranger's code throws is to be told, an Error as well.
                done.completeExceptionally(e);
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** What the bundle does, such as its start. */
    @FunctionalInterface
    interface Step {
        void run() throws BundleException;
    }

    /** Waits a while; whether it is done. */
    boolean await(long millis) throws InterruptedException {
        try {
            done.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true;
        }
    }

    boolean isDone() {
        return done.isDone();
    }

    /** Why it failed, if it is done and did. */
    Optional<Throwable> failure() {
        if (!done.isCompletedExceptionally()) {
            return Optional.empty();
        }
        try {
            done.join();
            return Optional.empty();
        } catch (CompletionException e) {
            return Optional.of(e.getCause());
        }
    }

    boolean isOlderThan(long millis) {
        return System.nanoTime() - since > TimeUnit.MILLISECONDS.toNanos(millis);
    }

    void interrupt() {
        thread.interrupt();
    }
}
