package lattice.host.internal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import lattice.api.store.Store;
import lattice.api.store.StoreException;

/**
 * Ends a process that its node no longer wants, or that has lost it: consent could not be withdrawn from it. A node that was
 * killed gives the token of its successor to another process, so this one's is refused when the node is back.
 */
final class NodeWatchdog implements AutoCloseable {
    private final Store store;
    private final Consumer<String> end;
    private final Duration interval;
    private final Duration patience;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * Starts it.
     *
     * @param interval how often it asks
     * @param patience how long the node may be away
     * @param end called at most once, with the reason
     */
    NodeWatchdog(Store store, Duration interval, Duration patience, Consumer<String> end) {
        this.store = store;
        this.end = end;
        this.interval = interval;
        this.patience = patience;
        Thread thread = new Thread(this::run, "lattice-host-watchdog");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        long heard = System.nanoTime();
        try {
            while (!closed.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    store.position();
                    heard = System.nanoTime();
                } catch (StoreException e) {
                    if (e.code() == StoreException.Code.DENIED) {
                        end.accept("The node no longer takes the token of this process: it was replaced or withdrawn.");
                        return;
                    }
                    if (System.nanoTime() - heard > patience.toNanos()) {
                        end.accept("The node did not answer for " + patience.toSeconds() + " s: " + e.getMessage());
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            // Nobody interrupts it; if somebody does, it is over.
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
