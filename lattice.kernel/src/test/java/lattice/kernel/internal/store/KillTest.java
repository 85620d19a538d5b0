package lattice.kernel.internal.store;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.CompactedException;
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
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.files.FileLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process that writes, again and again: at moments that nobody chose, and while it starts for the first time, makes
 * its view anew, rolls a segment, takes a snapshot or compacts. {@code -Dlattice.kills=200} for the long run.
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
        Follower follower = new Follower();
        int writes = 0;
        int watched = 0;
        Map<Moment, Integer> hit = new EnumMap<>(Moment.class);
        for (int kill = 0; kill < KILLS; kill++) {
            Moment moment = Moment.values()[kill % Moment.values().length];
            if (moment == Moment.REBUILD) {
                Files.deleteIfExists(Child.engines(home).directory().resolve("view/CLEAN"));
            }
            if (moment == Moment.FIRST_START) {
                ConvergenceTest.delete(home);
                Files.createDirectories(home);
                acknowledged.clear();
                follower = new Follower();
            }
            Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
                    "-cp", System.getProperty("java.class.path"), Child.class.getName(), home.toString(), follower.logId,
                    Long.toString(follower.revision))
                    .redirectErrorStream(false).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            CountDownLatch come = new CountDownLatch(1);
            Thread killer = new Thread(() -> {
                try {
                    // A moment that does not come is one of writing.
                    if (come.await(20, TimeUnit.SECONDS)) {
                        Thread.sleep(random.nextInt(moment.lasts));
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                process.toHandle().destroyForcibly();
            });
            killer.start();
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                int seen = 0;
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    String[] parts = line.split(" ");
                    if (parts.length == 2 && parts[0].equals("at") && parts[1].equals(moment.name())) {
                        if (come.getCount() > 0 && ++seen > moment.passOver) {
                            hit.merge(moment, 1, Integer::sum);
                            come.countDown();
                        }
                    } else if (parts.length == 3 && parts[2].equals(".")) {
                        acknowledged.merge(parts[0], Integer.parseInt(parts[1]), Math::max);
                        writes++;
                    } else if (parts[0].equals("saw") && parts[parts.length - 1].equals(".")) {
                        follower.saw(parts);
                        watched++;
                    }
                }
                killer.join();
            }
            assertThat(process.waitFor()).as("it was killed, it did not end").isEqualTo(137);
            check(acknowledged, follower);
        }
        assertThat(hit.keySet()).as("kills at each kind of moment").contains(Moment.values());
        System.out.println("Killed " + KILLS + " times, " + hit + "; " + writes + " acknowledged writes are there, "
                + watched + " were seen by a watcher before the kill.");
        assertThat(writes).as("there was something to lose").isGreaterThan(KILLS * 10);
        assertThat(watched).as("there was something to see").isGreaterThan(KILLS * 10);
    }

    /** What the process is at when it is killed, within so many milliseconds, once it has passed over some such moments. */
    private enum Moment {
        FIRST_START(600, 0), WRITING(500, 0), SNAPSHOT(30, 2), REBUILD(100, 0), ROLL(10, 2), COMPACTION(20, 1);

        private final int lasts;
        private final int passOver;

        Moment(int lasts, int passOver) {
            this.lasts = lasts;
            this.passOver = passOver;
        }
    }

    /** A watcher, which is killed with the process and comes back in the next one: what it has seen of each key, and how far it came. */
    private static final class Follower {
        private final Map<String, Integer> seen = new HashMap<>();
        private String logId = "";
        private long revision;

        /** @param words what the process says of what its watcher saw: {@code saw LOG REVISION key=value.. .} */
        void saw(String[] words) {
            follow(words[1], Long.parseLong(words[2]), Stream.of(words).skip(3).limit(words.length - 4).map(word -> {
                int separator = word.indexOf('=');
                return Map.entry(word.substring(0, separator), Integer.parseInt(word.substring(separator + 1)));
            }).toList());
        }

        void saw(Changes changes) {
            follow(changes.position().logId(), changes.position().revision(), values(changes));
        }

        private void follow(String log, long reached, List<Map.Entry<String, Integer>> values) {
            assertThat(reached).as("the watcher comes forward").isGreaterThan(revision);
            logId = log;
            revision = reached;
            values.forEach(one -> {
                Integer before = seen.put(one.getKey(), one.getValue());
                assertThat(one.getValue()).as("%s is seen once, without gap", one.getKey()).isEqualTo(before == null ? 0 : before + 1);
            });
        }

        /** It was away for longer than the log goes back: it has to look at the state, as the error says. */
        void lookAt(Engine engine) {
            seen.putAll(state(engine));
            logId = engine.position().logId();
            revision = engine.position().revision();
        }
    }

    private static List<Map.Entry<String, Integer>> values(Changes changes) {
        return changes.changes().stream().map(change ->
                Map.entry(change.key().path(), Integer.parseInt(((Change.Updated) change).entry().text()))).toList();
    }

    private void check(Map<String, Integer> acknowledged, Follower follower) throws Exception {
        try (TestEngines engines = Child.engines(home); Engine engine = engines.open()) {
            assertThat(engine.status().problem()).isEmpty();
            acknowledged.forEach((key, value) -> {
                int held = Integer.parseInt(engine.get(new Key(key)).map(Entry::text).orElse("-1"));
                assertThat(held).as(key).isGreaterThanOrEqualTo(value);
                // Each transaction writes a pair; no pair may be torn apart.
                assertThat(engine.get(new Key(key + "/twin")).map(Entry::text)).as(key).contains("" + held);
            });
            // The watcher comes back and sees each key go on from where it saw it last, and in the end what is there.
            List<Changes> changes = new ArrayList<>();
            CountDownLatch caughtUp = new CountDownLatch(1);
            AtomicReference<WatchEnd> ended = new AtomicReference<>();
            try (Watch watch = engine.watchAsNode(new Prefix("/t"), after(engine, follower.revision), new WatchListener() {
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
                    ended.set(end);
                    caughtUp.countDown();
                }
            })) {
                assertThat(caughtUp.await(60, TimeUnit.SECONDS)).isTrue();
                assertThat(ended.get()).isNull();
                changes.forEach(follower::saw);
                assertThat(follower.seen).isEqualTo(state(engine));
            } catch (CompactedException e) {
                follower.lookAt(engine);
            }
        }
    }

    private static WatchStart after(Engine engine, long revision) {
        return new WatchStart.After(new LogPosition(engine.position().logId(), revision));
    }

    private static Map<String, Integer> state(Engine engine) {
        Map<String, Integer> state = new HashMap<>();
        try (Stream<Entry> entries = engine.scan(new Prefix("/t"), null)) {
            entries.forEach(entry -> state.put(entry.key().path(), Integer.parseInt(entry.text())));
        }
        return state;
    }

    /** The process that is killed: each writer counts its keys up, and says what was acknowledged. */
    static final class Child {
        private Child() {
        }

        static TestEngines engines(Path home) throws Exception {
            return new TestEngines(home).segmentBytes(128 * 1024).snapshotEveryBytes(128 * 1024).keptLogBytes(2 * 1024 * 1024);
        }

        private static synchronized void say(String line) {
            System.out.println(line);
        }

        /** The file system, with a word when it is asked for what only happens at certain moments. */
        private static FileLayer telling() {
            FileLayer files = new DiskFiles();
            return (FileLayer) Proxy.newProxyInstance(Child.class.getClassLoader(), new Class<?>[] {FileLayer.class},
                    (proxy, method, arguments) -> {
                        Moment moment = arguments != null && arguments[0] instanceof Path path ? moment(method.getName(), path) : null;
                        if (moment != null) {
                            say("at " + moment);
                        }
                        try {
                            return method.invoke(files, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        private static Moment moment(String operation, Path file) {
            String name = file.getFileName().toString();
            return switch (operation) {
                case "create" -> name.endsWith(".log") ? Moment.ROLL : name.equals("unfinished.tmp") ? Moment.SNAPSHOT : null;
                case "rename" -> name.equals("spare") ? Moment.ROLL : null;
                case "delete" -> name.endsWith(".log") && Files.exists(file) ? Moment.COMPACTION : null;
                case "list" -> name.equals("view") ? Moment.REBUILD : null;
                default -> null;
            };
        }

        private static void watch(Engine engine, long revision) {
            try {
                engine.watchAsNode(new Prefix("/t"), after(engine, revision), new WatchListener() {
                    @Override
                    public void changed(Changes changes) {
                        say("saw " + changes.position().logId() + " " + changes.position().revision() + " "
                                + values(changes).stream().map(one -> one.getKey() + "=" + one.getValue()).collect(joining(" ")) + " .");
                    }

                    @Override
                    public void ended(WatchEnd end) {
                        say("The watch has ended: " + end);
                    }
                });
            } catch (CompactedException e) {
                // It looks at the state when this process is killed.
                say("The watch is too late: " + e.getMessage());
            }
        }

        public static void main(String[] args) throws Exception {
            say("at " + Moment.FIRST_START);
            Engine engine = engines(Path.of(args[0])).files(telling()).open();
            say("at " + Moment.WRITING);
            Map<String, Integer> next = new ConcurrentHashMap<>();
            for (int w = 0; w < WRITERS; w++) {
                for (int k = 0; k < KEYS; k++) {
                    Key key = new Key("/t/" + w + "/" + k);
                    next.put(key.path(), engine.get(key).map(entry -> Integer.parseInt(entry.text()) + 1).orElse(0));
                }
            }
            if (args[1].isEmpty() || args[1].equals(engine.position().logId())) {
                watch(engine, Long.parseLong(args[2]));
            }
            for (int w = 0; w < WRITERS; w++) {
                int writer = w;
                new Thread(() -> {
                    for (int i = 0;; i++) {
                        Key key = new Key("/t/" + writer + "/" + i % KEYS);
                        int value = next.merge(key.path(), 1, Integer::sum) - 1;
                        engine.writeAsNode(Transaction.of(new Mutation.Put(key, "" + value),
                                new Mutation.Put(key.child("twin"), "" + value)));
                        say(key.path() + " " + value + " .");
                    }
                }).start();
            }
        }
    }
}
