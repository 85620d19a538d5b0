package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lattice.api.store.Changes;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.kernel.watch.NonBlockingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class NonBlockingListenerTest {
    private static final int BOUND_SECONDS = 30;
    private static final Prefix WATCHED = new Prefix("/watched");

    @TempDir
    Path home;

    private static class Counting implements WatchListener {
        final List<Long> revisions = new ArrayList<>();
        final Set<String> threads = ConcurrentHashMap.newKeySet();
        private final CountDownLatch missing;

        Counting(int expected) {
            missing = new CountDownLatch(expected);
        }

        @Override
        public void changed(Changes changes) {
            revisions.add(changes.position().revision());
            threads.add(Thread.currentThread().getName());
            changes.changes().forEach(change -> missing.countDown());
        }

        @Override
        public void ended(WatchEnd end) {
        }

        void await() throws InterruptedException {
            assertThat(missing.await(BOUND_SECONDS, TimeUnit.SECONDS)).as("%s changes lack", missing.getCount()).isTrue();
        }
    }

    private static final class Prompt extends Counting implements NonBlockingListener {
        Prompt(int expected) {
            super(expected);
        }
    }

    private static void put(Engine engine, String key) {
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key(WATCHED.path() + key), "v")));
    }

    @Test
    void isToldOfEachCommitOnceAndInOrderWhoeverWritesBesideOneThatMayBlock() throws Exception {
        int writers = 8;
        int each = 200;
        try (TestEngines engines = new TestEngines(home); Engine engine = engines.open()) {
            Prompt prompt = new Prompt(writers * each);
            Counting slow = new Counting(writers * each);
            try (Watch first = engine.watch(WATCHED, new WatchStart.Now(), prompt);
                    Watch second = engine.watch(WATCHED, new WatchStart.Now(), slow)) {
                List<CompletableFuture<Void>> all = new ArrayList<>();
                for (int writer = 0; writer < writers; writer++) {
                    String name = "/" + writer + "/";
                    all.add(CompletableFuture.runAsync(() -> {
                        for (int i = 0; i < each; i++) {
                            put(engine, name + i);
                        }
                    }));
                }
                for (CompletableFuture<Void> one : all) {
                    one.get(BOUND_SECONDS, TimeUnit.SECONDS);
                }
                prompt.await();
                slow.await();
                assertThat(prompt.revisions).isSorted().doesNotHaveDuplicates().isEqualTo(slow.revisions);
                assertThat(slow.threads).as("who may block").noneMatch(name -> name.endsWith("writer"));
            }
        }
    }

    @Test
    void isToldByTheWriterOnceItHasCaughtUp() throws Exception {
        try (TestEngines engines = new TestEngines(home); Engine engine = engines.open()) {
            Prompt prompt = new Prompt(1);
            try (Watch watch = engine.watch(WATCHED, new WatchStart.Now(), prompt)) {
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(BOUND_SECONDS);
                for (int i = 0; prompt.threads.stream().noneMatch(name -> name.endsWith("writer")); i++) {
                    assertThat(System.nanoTime()).as("never told by the writer").isLessThan(end);
                    put(engine, "/" + i);
                }
            }
        }
    }

    @Test
    void oneThatFailsEndsItsOwnWatchAndNoWriteNorOtherWatch() throws Exception {
        try (TestEngines engines = new TestEngines(home); Engine engine = engines.open()) {
            CompletableFuture<WatchEnd> ended = new CompletableFuture<>();
            CountDownLatch caughtUp = new CountDownLatch(1);
            Prompt other = new Prompt(50);
            try (Watch bad = engine.watch(WATCHED, new WatchStart.Now(), new NonBlockingListener() {
                @Override
                public void changed(Changes changes) {
                    throw new IllegalStateException("on purpose");
                }

                @Override
                public void caughtUp(LogPosition position) {
                    caughtUp.countDown();
                }

                @Override
                public void ended(WatchEnd end) {
                    ended.complete(end);
                }
            }); Watch good = engine.watch(WATCHED, new WatchStart.Now(), other)) {
                assertThat(caughtUp.await(BOUND_SECONDS, TimeUnit.SECONDS)).isTrue();
                for (int i = 0; i < 50; i++) {
                    put(engine, "/" + i);
                }
                assertThat(ended.get(BOUND_SECONDS, TimeUnit.SECONDS)).isInstanceOf(WatchEnd.Failed.class);
                other.await();
            }
        }
    }
}
