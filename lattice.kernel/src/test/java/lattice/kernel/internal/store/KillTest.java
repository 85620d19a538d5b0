package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process that writes, again and again, at moments that nobody chose: while it starts, writes, rolls segments and
 * takes snapshots. {@code -Dlattice.kills=200} for the long run.
 */
final class KillTest {
    private static final int KILLS = Integer.getInteger("lattice.kills", 20);
    private static final int WRITERS = 16;
    private static final int KEYS = 40;

    @TempDir
    Path home;

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void noAcknowledgedWriteIsLostAndNoneIsHalfThere() throws Exception {
        Map<String, Integer> acknowledged = new HashMap<>();
        Random random = new Random();
        Map<String, Integer> followed = new HashMap<>();
        LogPosition position = null;
        int writes = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
                    "-cp", System.getProperty("java.class.path"), Child.class.getName(), home.toString())
                    .redirectErrorStream(false).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                // Now and then while it starts, else after a while of writing.
                boolean atStart = kill % 5 == 4;
                CountDownLatch writing = new CountDownLatch(atStart ? 0 : 1);
                Thread killer = new Thread(() -> {
                    try {
                        writing.await(60, TimeUnit.SECONDS);
                        Thread.sleep(random.nextInt(atStart ? 1500 : 700));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    process.toHandle().destroyForcibly();
                });
                killer.start();
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    writing.countDown();
                    String[] parts = line.split(" ");
                    if (parts.length == 3 && parts[2].equals(".")) {
                        acknowledged.merge(parts[0], Integer.parseInt(parts[1]), Math::max);
                        writes++;
                    }
                }
                killer.join();
            }
            assertThat(process.waitFor()).as("it was killed, it did not end").isEqualTo(137);
            position = check(acknowledged, followed, position);
        }
        assertThat(writes).as("there was something to lose").isGreaterThan(KILLS * 10);
    }

    private LogPosition check(Map<String, Integer> acknowledged, Map<String, Integer> followed, LogPosition position)
            throws Exception {
        try (TestEngines engines = Child.engines(home); Engine engine = engines.open()) {
            assertThat(engine.status().problem()).isEmpty();
            acknowledged.forEach((key, value) -> {
                int held = Integer.parseInt(engine.get(new Key(key)).map(Entry::text).orElse("-1"));
                assertThat(held).as(key).isGreaterThanOrEqualTo(value);
                // Each transaction writes a pair; no pair may be torn apart.
                assertThat(engine.get(new Key(key + "/twin")).map(Entry::text)).as(key).contains("" + held);
            });
            // A watcher that comes back sees each key go on from where it saw it last, and in the end what is there.
            List<Changes> changes = new ArrayList<>();
            CountDownLatch caughtUp = new CountDownLatch(1);
            LogPosition from = position == null ? new LogPosition(engine.position().logId(), 0) : position;
            try (Watch watch = engine.watchAsNode(new Prefix("/t"), new WatchStart.After(from), new WatchListener() {
                @Override
                public void changed(Changes change) {
                    changes.add(change);
                }

                @Override
                public void caughtUp(LogPosition reached) {
                    caughtUp.countDown();
                }

                @Override
                public void ended(WatchEnd end) {
                    caughtUp.countDown();
                }
            })) {
                assertThat(caughtUp.await(60, TimeUnit.SECONDS)).isTrue();
            }
            long revision = from.revision();
            for (Changes change : changes) {
                assertThat(change.position().revision()).isGreaterThan(revision);
                revision = change.position().revision();
                for (Change one : change.changes()) {
                    int value = Integer.parseInt(((Change.Updated) one).entry().text());
                    Integer before = followed.put(one.key().path(), value);
                    assertThat(value).as("%s is seen once, without gap", one.key())
                            .isEqualTo(before == null ? 0 : before + 1);
                }
            }
            try (Stream<Entry> entries = engine.scan(new Prefix("/t"), null)) {
                Map<String, Integer> state = new HashMap<>();
                entries.forEach(entry -> state.put(entry.key().path(), Integer.parseInt(entry.text())));
                assertThat(followed).isEqualTo(state);
            }
            return engine.position();
        }
    }

    /** The process that is killed: each writer counts its keys up, and says what was acknowledged. */
    static final class Child {
        private Child() {
        }

        static TestEngines engines(Path home) throws Exception {
            return new TestEngines(home).segmentBytes(256 * 1024).snapshotEveryBytes(128 * 1024);
        }

        public static void main(String[] args) throws Exception {
            Engine engine = engines(Path.of(args[0])).open();
            Map<String, Integer> next = new ConcurrentHashMap<>();
            for (int w = 0; w < WRITERS; w++) {
                for (int k = 0; k < KEYS; k++) {
                    Key key = new Key("/t/" + w + "/" + k);
                    next.put(key.path(), engine.get(key).map(entry -> Integer.parseInt(entry.text()) + 1).orElse(0));
                }
            }
            for (int w = 0; w < WRITERS; w++) {
                int writer = w;
                new Thread(() -> {
                    for (int i = 0;; i++) {
                        Key key = new Key("/t/" + writer + "/" + i % KEYS);
                        int value = next.merge(key.path(), 1, Integer::sum) - 1;
                        engine.writeAsNode(Transaction.of(new Mutation.Put(key, "" + value),
                                new Mutation.Put(key.child("twin"), "" + value)));
                        synchronized (System.out) {
                            System.out.println(key.path() + " " + value + " .");
                        }
                    }
                }).start();
            }
        }
    }
}
