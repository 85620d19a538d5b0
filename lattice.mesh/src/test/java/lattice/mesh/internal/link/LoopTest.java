package lattice.mesh.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LoopTest {
    private static final int BOUND_SECONDS = 20;

    private final Loop loop = new Loop("test");

    @AfterEach
    void close() {
        loop.close();
    }

    private void awaitAll() throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.run(() -> done.complete(null));
        done.get(BOUND_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void whatIsPromptIsDoneHereWhileNothingElseIs() {
        List<Thread> ran = new ArrayList<>();
        loop.runPromptly(() -> ran.add(Thread.currentThread()));
        assertThat(ran).containsExactly(Thread.currentThread());
    }

    @Test
    void whatIsPromptFollowsOnWhatWaits() throws Exception {
        List<Integer> order = new ArrayList<>();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        loop.run(() -> {
            begun.countDown();
            try {
                goOn.await(BOUND_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            order.add(1);
        });
        loop.run(() -> order.add(2));
        assertThat(begun.await(BOUND_SECONDS, TimeUnit.SECONDS)).isTrue();
        loop.runPromptly(() -> order.add(3));
        goOn.countDown();
        awaitAll();
        assertThat(order).containsExactly(1, 2, 3);
    }

    @Test
    void whatAnActionAsksForIsDoneAfterIt() throws Exception {
        List<Integer> order = new ArrayList<>();
        loop.runPromptly(() -> {
            loop.runPromptly(() -> order.add(2));
            order.add(1);
        });
        awaitAll();
        assertThat(order).containsExactly(1, 2);
    }

    @Test
    void neverDoesTwoThingsAtOnceAndKeepsTheOrderOfEachThatGives() throws Exception {
        int givers = 4;
        int each = 5_000;
        AtomicBoolean busy = new AtomicBoolean();
        AtomicBoolean twice = new AtomicBoolean();
        List<List<Integer>> seen = new ArrayList<>();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int giver = 0; giver < givers; giver++) {
            List<Integer> mine = new ArrayList<>();
            seen.add(mine);
            int kind = giver;
            all.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < each; i++) {
                    int number = i;
                    Runnable action = () -> {
                        twice.compareAndSet(false, !busy.compareAndSet(false, true));
                        mine.add(number);
                        busy.set(false);
                    };
                    if ((i + kind) % 3 == 0) {
                        loop.run(action);
                    } else {
                        loop.runPromptly(action);
                    }
                }
            }));
        }
        for (CompletableFuture<Void> one : all) {
            one.get(BOUND_SECONDS, TimeUnit.SECONDS);
        }
        awaitAll();
        assertThat(twice).isFalse();
        assertThat(seen).allSatisfy(mine -> assertThat(mine).hasSize(each).isSorted());
    }

    @Test
    void whatFailsStopsNothing() throws Exception {
        List<Integer> order = new ArrayList<>();
        loop.runPromptly(() -> {
            throw new IllegalStateException("on purpose");
        });
        loop.runPromptly(() -> order.add(1));
        awaitAll();
        assertThat(order).containsExactly(1);
    }

    @Test
    void whatComesAfterTheEndIsDropped() {
        loop.close();
        List<Integer> order = new ArrayList<>();
        loop.runPromptly(() -> order.add(1));
        loop.run(() -> order.add(2));
        assertThat(order).isEmpty();
    }
}
