package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnsTest {
    private final ExecutorService threads = Executors.newFixedThreadPool(2);

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    @Test
    void tasksRunOneAfterAnotherInTheirOrderWhateverBecomesOfThem() throws Exception {
        Turns turns = new Turns(threads);
        List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean busy = new AtomicBoolean();
        CountDownLatch done = new CountDownLatch(2_000);
        for (int i = 0; i < 2_000; i++) {
            int number = i;
            turns.execute(() -> {
                assertThat(busy.compareAndSet(false, true)).isTrue();
                ran.add(number);
                busy.set(false);
                done.countDown();
                if (number % 100 == 0) {
                    throw new IllegalStateException("on purpose");
                }
            });
        }
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).containsExactlyElementsOf(IntStream.range(0, 2_000).boxed().toList());
    }

    /** As of connections that write more than the store takes. */
    @Test
    void thoseWhoAlwaysHaveMoreToDoKeepNobodyOut() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        for (int i = 0; i < 4; i++) {
            Turns greedy = new Turns(threads);
            greedy.execute(new Runnable() {
                @Override
                public void run() {
                    if (!stop.get()) {
                        greedy.execute(this);
                    }
                }
            });
        }
        CountDownLatch done = new CountDownLatch(1);
        new Turns(threads).execute(done::countDown);
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        stop.set(true);
    }
}
