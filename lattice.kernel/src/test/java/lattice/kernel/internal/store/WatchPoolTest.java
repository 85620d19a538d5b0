package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class WatchPoolTest {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final WatchPool pool = new WatchPool(timer, turn -> {
        Thread thread = new Thread(turn);
        thread.setDaemon(true);
        threads.add(thread);
        return thread;
    });

    @AfterEach
    void close() {
        timer.shutdownNow();
        pool.close();
    }

    @Test
    void turnsThatDoNotBlockShareFewThreads() throws Exception {
        int turns = 20_000;
        CountDownLatch done = new CountDownLatch(turns);
        for (int i = 0; i < turns; i++) {
            pool.execute(done::countDown);
        }
        done.await();
        // A machine that gives them no time may look like listeners that block, but not for long.
        assertThat(threads).hasSizeLessThan(200);
    }

    @Test
    void turnsThatBlockHoldUpNoOthers() throws Exception {
        int blocked = 100;
        CountDownLatch blocking = new CountDownLatch(blocked);
        CountDownLatch release = new CountDownLatch(1);
        for (int i = 0; i < blocked; i++) {
            pool.execute(() -> {
                blocking.countDown();
                awaitQuietly(release);
            });
        }
        blocking.await();
        for (int i = 0; i < 20; i++) {
            CountDownLatch other = new CountDownLatch(1);
            pool.execute(other::countDown);
            other.await();
        }
        release.countDown();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
