package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lattice.api.store.StoreException;
import lattice.kernel.internal.store.SubmissionQueue.Offered;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class SubmissionQueueTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final SubmissionQueue queue = new SubmissionQueue();


    /** Something of a size. */
    private static Submission sized(long bytes) {
        return new Submission.Foreign(List.of(), 0, bytes, new CompletableFuture<>());
    }

    private Offered offer(long bytes) {
        return queue.offer(sized(bytes), 0, TimeUnit.NANOSECONDS);
    }

    @Test
    void isBoundedInBytesButTakesOneOfAnySize() {
        assertThat(offer(SubmissionQueue.MAX_BYTES * 2)).isEqualTo(Offered.TAKEN);
        assertThat(offer(1)).isEqualTo(Offered.FULL);
        assertThat(queue.take(0)).hasSize(1);
        assertThat(offer(1)).isEqualTo(Offered.TAKEN);
        assertThat(offer(SubmissionQueue.MAX_BYTES)).isEqualTo(Offered.FULL);
    }

    @Test
    void isBoundedInNumber() {
        for (int i = 0; i < SubmissionQueue.MAX_WAITING; i++) {
            assertThat(offer(1)).isEqualTo(Offered.TAKEN);
        }
        assertThat(offer(1)).isEqualTo(Offered.FULL);
        assertThat(queue.drain()).hasSize(SubmissionQueue.MAX_WAITING);
        assertThat(offer(1)).isEqualTo(Offered.TAKEN);
    }

    /** Else a service that writes all the time would keep the store from being looked after. */
    @Test
    void whatIsUrgentFindsRoomWhenWritesDoNot() {
        assertThat(offer(SubmissionQueue.MAX_BYTES)).isEqualTo(Offered.TAKEN);
        assertThat(queue.offerUrgent(sized(1))).isEqualTo(Offered.TAKEN);
        assertThat(offer(1)).isEqualTo(Offered.FULL);
        assertThat(queue.offerUrgent(sized(SubmissionQueue.MAX_BYTES))).as("that has an end too").isEqualTo(Offered.FULL);
    }

    @Test
    void aGroupIsBoundedInBytes() {
        for (int i = 0; i < 5; i++) {
            offer(SubmissionQueue.GROUP_BYTES / 2);
        }
        assertThat(queue.take(0)).hasSize(2);
        assertThat(queue.take(0)).hasSize(2);
        assertThat(queue.take(0)).hasSize(1);
        assertThat(queue.take(0)).isEmpty();
    }

    @Test
    void whoWaitsForRoomGetsItWhenSomethingIsTaken() throws Exception {
        offer(SubmissionQueue.MAX_BYTES);
        CompletableFuture<Offered> waiting = CompletableFuture.supplyAsync(
                () -> queue.offer(sized(10), 50, TimeUnit.SECONDS));
        assertThat(queue.take(SECOND)).hasSize(1);
        assertThat(waiting.get(50, TimeUnit.SECONDS)).isEqualTo(Offered.TAKEN);
        assertThat(queue.take(SECOND)).hasSize(1);
    }

    @Test
    void whoWaitsForRoomIsToldThatItClosed() throws Exception {
        offer(SubmissionQueue.MAX_BYTES);
        CompletableFuture<Offered> waiting = CompletableFuture.supplyAsync(
                () -> queue.offer(sized(10), 50, TimeUnit.SECONDS));
        queue.close();
        assertThat(waiting.get(50, TimeUnit.SECONDS)).isEqualTo(Offered.CLOSED);
        assertThat(queue.take(SECOND)).hasSize(1);
        assertThat(offer(1)).isEqualTo(Offered.CLOSED);
    }

    /** What was taken on is given out once, and nothing is left behind by closing. */
    @Test
    void nothingIsLostBetweenManyThreadsAndAClose() throws Exception {
        int threads = 8;
        AtomicInteger taken = new AtomicInteger();
        CountDownLatch running = new CountDownLatch(threads);
        List<Thread> adders = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread adder = new Thread(() -> {
                running.countDown();
                while (true) {
                    Offered offered = queue.offer(new Submission.Errand(() -> { }, new CompletableFuture<>()), 5,
                            TimeUnit.SECONDS);
                    if (offered == Offered.CLOSED) {
                        return;
                    }
                    assertThat(offered).isEqualTo(Offered.TAKEN);
                    taken.incrementAndGet();
                }
            });
            adder.start();
            adders.add(adder);
        }
        running.await();
        int given = 0;
        while (given < 100_000) {
            given += queue.take(SECOND).size();
        }
        queue.close();
        for (Thread adder : adders) {
            adder.join();
        }
        for (List<Submission> rest = queue.take(SECOND); !rest.isEmpty(); rest = queue.take(SECOND)) {
            given += rest.size();
            rest.forEach(submission -> submission.fail(new StoreException(StoreException.Code.CLOSED, "over")));
        }
        assertThat(given).isEqualTo(taken.get());
    }
}
