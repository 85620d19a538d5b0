package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.internal.files.CrashingFiles;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.files.FaultyFiles;
import lattice.kernel.internal.files.FaultyFiles.Fault;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.DamagedViewException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That whatever goes wrong with files, nothing wrong is served, nothing hangs, and nothing that was acknowledged is lost. */
@Timeout(400)
final class FaultTest {
    /** Whether to look at every place, which takes minutes, or at some. */
    private static final boolean LONG = Boolean.getBoolean("lattice.long");

    @TempDir
    Path home;

    private static void put(Engine engine, String path, String text) {
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key(path), text)));
    }

    /** All that is there. A view that turns out to be damaged only now is made anew first: reads are refused for as long. */
    private static Map<String, String> state(Engine engine) throws Exception {
        Map<String, String> state = new TreeMap<>();
        await(() -> {
            state.clear();
            try (Stream<Entry> entries = engine.scan(Prefix.ALL, null)) {
                entries.forEach(entry -> state.put(entry.key().path(), entry.text()));
                return true;
            } catch (StoreException e) {
                assertThat(e.code()).isEqualTo(StoreException.Code.UNAVAILABLE);
                return false;
            }
        });
        return state;
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    @Test
    void aCrashThatLosesTheNamesThatWereNotSyncedLosesNoAcknowledgedWrite() throws Exception {
        Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
        AtomicReference<CrashingFiles> layer = new AtomicReference<>();
        AtomicInteger crashes = new AtomicInteger();
        List<String> wrong = new ArrayList<>();
        Random random = new Random();
        Path stores = home.resolve("stores");
        Runnable crash = () -> {
            Map<String, Integer> promised = Map.copyOf(acknowledged);
            if (promised.isEmpty() || !LONG && random.nextInt(5) > 0) {
                return;
            }
            Path copy = home.resolve("crash" + crashes.incrementAndGet());
            try {
                layer.get().crash(stores, copy.resolve("stores"));
                Files.copy(home.resolve("identity.key"), copy.resolve("identity.key"));
                try (TestEngines after = new TestEngines(copy).segmentBytes(16 * 1024).keptLogBytes(1); Engine engine = after.open()) {
                    Map<String, String> held = state(engine);
                    promised.forEach((key, value) -> {
                        if (Integer.parseInt(held.getOrDefault(key, "-1")) < value) {
                            wrong.add("crash " + crashes + ": " + key + " is " + held.get(key) + ", promised was " + value);
                        }
                    });
                    engine.status().problem().ifPresent(wrong::add);
                    put(engine, "/t/after", "it takes writes");
                }
                ConvergenceTest.delete(copy);
            } catch (Exception e) {
                wrong.add("crash " + crashes + ": " + e);
            }
        };
        layer.set(new CrashingFiles(home.resolve("links"), crash));
        for (int life = 0; life < 3; life++) {
            try (TestEngines engines = new TestEngines(home).files(layer.get()).segmentBytes(16 * 1024).keptLogBytes(1);
                    Engine engine = engines.open()) {
                for (int i = 0; i < 150; i++) {
                    String key = "/t/" + i % 10;
                    int value = acknowledged.getOrDefault(key, -1) + 1;
                    engine.writeAsNode(Transaction.of(new Mutation.Put(new Key(key), "" + value),
                            new Mutation.Put(new Key("/fill"), "x".repeat(400))));
                    acknowledged.put(key, value);
                    if (i % 40 == 39) {
                        engine.snapshot();
                    }
                }
                assertThat(engine.status().problem()).isEmpty();
            }
        }
        assertThat(crashes.get()).isGreaterThan(LONG ? 60 : 5);
        assertThat(wrong).isEmpty();
    }

    @Test
    void aSnapshotWithAnyByteChangedIsNeverReadAsAnotherOne() throws Exception {
        Path snapshot;
        try (TestEngines engines = new TestEngines(home); Engine engine = engines.open()) {
            for (int i = 0; i < 30; i++) {
                put(engine, "/t/" + i, "value " + i);
            }
            engine.snapshot();
            try (Stream<Path> all = Files.list(engines.directory().resolve("snapshots"))) {
                snapshot = all.findFirst().orElseThrow();
            }
        }
        List<CellFile.Encoded> cells = read(snapshot);
        assertThat(cells).hasSize(30);
        byte[] sound = Files.readAllBytes(snapshot);
        Path changed = home.resolve("changed");
        Random random = new Random(5);
        for (int at = random.nextInt(7); at < sound.length; at += LONG ? 1 : 7) {
            byte[] bytes = sound.clone();
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(changed, bytes);
            assertDamaged(changed, "byte " + at);
            Files.write(changed, Arrays.copyOf(sound, at));
            assertDamaged(changed, "cut off at " + at);
        }
    }

    private static void assertDamaged(Path file, String how) {
        assertThatThrownBy(() -> read(file)).as(how)
                .isInstanceOfAny(IOException.class, DamagedViewException.class).message().isNotBlank();
    }

    private static List<CellFile.Encoded> read(Path file) throws IOException {
        List<CellFile.Encoded> cells = new ArrayList<>();
        try (CellFile.Reader reader = new CellFile.Reader(new DiskFiles(), file)) {
            reader.forEachRemaining(cells::add);
        }
        return cells;
    }

    @Test
    void aMarkerWithAnyBitChangedIsNotBelieved() throws Exception {
        Path marker;
        try (TestEngines engines = new TestEngines(home)) {
            try (Engine engine = engines.open()) {
                put(engine, "/t", "v");
            }
            marker = engines.directory().resolve("view/CLEAN");
        }
        byte[] sound = Files.readAllBytes(marker);
        FileLayer files = new DiskFiles();
        assertThat(CleanMarker.read(files, marker)).isPresent();
        for (int bit = 0; bit < 8 * sound.length; bit += LONG ? 1 : 5) {
            byte[] bytes = sound.clone();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(marker, bytes);
            assertThat(CleanMarker.read(files, marker)).as("bit %s", bit).isEmpty();
        }
        for (int length = 0; length < sound.length; length += LONG ? 1 : 5) {
            Files.write(marker, Arrays.copyOf(sound, length));
            assertThat(CleanMarker.read(files, marker)).as("cut off at %s", length).isEmpty();
        }
    }

    @Test
    void aViewThatWasChangedAnywhereWhileItWasClosedIsNotUsed() throws Exception {
        Random random = new Random(9);
        try (TestEngines engines = new TestEngines(home)) {
            Map<String, String> before;
            try (Engine engine = engines.open()) {
                for (int i = 0; i < 400; i++) {
                    put(engine, "/t/" + i, "value " + i);
                }
                engine.snapshot();
                before = state(engine);
            }
            for (int round = 0; round < (LONG ? 100 : 10); round++) {
                Path view;
                try (Stream<Path> files = Files.list(engines.directory().resolve("view"))) {
                    view = files.filter(file -> file.toString().endsWith(".db")).findFirst().orElseThrow();
                }
                try (RandomAccessFile file = new RandomAccessFile(view.toFile(), "rw")) {
                    // Most of it is room to grow; what is used is at its start.
                    long at = random.nextInt(round % 2 == 0 ? 64 * 1024 : (int) file.length());
                    byte[] bytes = new byte[round % 3 == 0 ? 4096 : 1];
                    file.seek(at);
                    file.read(bytes);
                    if (bytes.length == 1) {
                        bytes[0] ^= (byte) (1 << random.nextInt(8));
                    } else {
                        Arrays.fill(bytes, (byte) 0);
                    }
                    file.seek(at);
                    file.write(bytes);
                }
                try (Engine engine = engines.open()) {
                    assertThat(state(engine)).as("round %s", round).isEqualTo(before);
                    assertThat(engine.status().problem()).isEmpty();
                }
            }
        }
    }

    /** MapDB checks none of its nodes, so what a reader gets may be too little; the scrub finds that. It is never wrong. */
    @Test
    void aViewThatIsChangedWhileItIsOpenGivesNoWrongAnswerAndIsMadeAnew() throws Exception {
        Random random = new Random(11);
        try (TestEngines engines = new TestEngines(home); Engine engine = engines.open()) {
            for (int i = 0; i < 2000; i++) {
                engine.submit(Actor.NODE, Transaction.of(new Mutation.Put(new Key("/t/" + i), "value " + i)));
            }
            put(engine, "/t/last", "value last");
            engine.snapshot();
        }
        for (int round = 0; round < (LONG ? 60 : 5); round++) {
            try (TestEngines engines = new TestEngines(home).viewAtOnceBytes(Long.MAX_VALUE); Engine engine = engines.open()) {
                Path view;
                try (Stream<Path> files = Files.list(engines.directory().resolve("view"))) {
                    view = files.filter(file -> file.toString().endsWith(".db")).max(Comparator.naturalOrder()).orElseThrow();
                }
                try (RandomAccessFile file = new RandomAccessFile(view.toFile(), "rw")) {
                    for (int i = 0; i < 40; i++) {
                        long at = random.nextInt(256 * 1024);
                        file.seek(at);
                        int before = file.read();
                        file.seek(at);
                        file.write(before ^ 1 << random.nextInt(8));
                    }
                }
                for (int i = 0; i < 200; i++) {
                    String name = "" + random.nextInt(2000);
                    try {
                        assertThat(engine.get(new Key("/t/" + name))).hasValueSatisfying(
                                entry -> assertThat(entry.text()).isEqualTo("value " + name));
                    } catch (StoreException e) {
                        assertThat(e.code()).isEqualTo(StoreException.Code.UNAVAILABLE);
                    }
                }
                await(() -> engine.status().problem().isEmpty());
                engine.verify(Long.MAX_VALUE);
                await(() -> engine.status().problem().isEmpty());
                Map<String, String> state = state(engine);
                assertThat(state).as("round %s", round).hasSize(2001);
                state.forEach((key, value) -> assertThat(value).isEqualTo("value " + key.substring(3)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aSnapshotThatCanNotBeWrittenLeavesTheStoreAsItWas(Fault fault) throws Exception {
        FaultyFiles files = new FaultyFiles();
        try (TestEngines engines = new TestEngines(home).files(files); Engine engine = engines.open()) {
            put(engine, "/t/1", "one");
            engine.snapshot();
            put(engine, "/t/2", "two");
            files.set(fault, path -> path.toString().contains("snapshots"));
            assertThatThrownBy(engine::snapshot).isInstanceOf(IOException.class);
            files.set(Fault.NONE, path -> false);
            put(engine, "/t/3", "three");
            try (Stream<Path> all = Files.list(engines.directory().resolve("snapshots"))) {
                assertThat(all).as("nothing is left over").hasSize(1);
            }
            assertThat(engine.get(new Key("/t/2"))).isPresent();
            engine.snapshot();
            assertThat(engine.verify(Long.MAX_VALUE).damages()).isEmpty();
        }
    }

    @Test
    void whenTheDiskIsNearlyFullWritesFailWithASentenceAndReadsGoOn() throws Exception {
        FaultyFiles files = new FaultyFiles();
        try (TestEngines engines = new TestEngines(home).files(files).reserveBytes(64L << 20); Engine engine = engines.open()) {
            put(engine, "/t/before", "before");
            files.leave(10L << 20);
            assertThatThrownBy(() -> {
                for (int i = 0; i < 1000; i++) {
                    put(engine, "/t/fill", "x".repeat(1000));
                }
            }).isInstanceOfSatisfying(StoreException.class, e -> {
                assertThat(e.code()).isEqualTo(StoreException.Code.UNAVAILABLE);
                assertThat(e).hasMessageContaining("only 10 MiB are left");
            });
            assertThat(engine.get(new Key("/t/before"))).isPresent();
            assertThatThrownBy(engine::snapshot).isInstanceOf(IOException.class).hasMessageContaining("make room");
            files.leave(Long.MAX_VALUE);
            await(() -> engine.status().writable());
            put(engine, "/t/after", "after");
        }
    }

    /** On a real file system that can't be written: the store does not start, and says why; nothing of it is touched. */
    @Test
    void onAReadOnlyFileSystemTheStoreSaysWhyItCanNotStartAndStartsOnceItIsWritable() throws Exception {
        Path small = home.resolve("readonly");
        Files.createDirectories(small);
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", small.toString()) == 0,
                "only root can mount a file system");
        try (TestEngines engines = new TestEngines(small)) {
            try (Engine engine = engines.open()) {
                put(engine, "/t", "v");
            }
            await(() -> {
                // Until the view's mapping is collected, its file counts as open for writing.
                System.gc();
                return run("mount", "-o", "remount,ro", small.toString()) == 0;
            });
            assertThatThrownBy(engines::open).isInstanceOf(IOException.class).hasMessageContaining("Read-only file system");
            assertThat(run("mount", "-o", "remount,rw", small.toString())).isZero();
            try (Engine engine = engines.open()) {
                assertThat(state(engine)).containsExactly(Map.entry("/t", "v"));
                put(engine, "/t/after", "after");
            }
        } finally {
            run("umount", "-l", small.toString());
        }
    }

    /** On a real disk that is full, where MapDB's file can't grow either: in another place, as more or less is left at first. */
    @ParameterizedTest
    @ValueSource(ints = {4, 12, 20, 26})
    void aFullDiskNeverLosesOrInventsAnything(int ballastMegabytes) throws Exception {
        Path small = home.resolve("small");
        Files.createDirectories(small);
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", small.toString()) == 0,
                "only root can mount a small disk");
        try {
            Map<String, String> acknowledged = new HashMap<>();
            try (TestEngines engines = new TestEngines(small).reserveBytes(4L << 20).segmentBytes(4L << 20)) {
                try (Engine engine = engines.open()) {
                    Path ballast = small.resolve("ballast");
                    Files.write(ballast, new byte[ballastMegabytes << 20]);
                    StoreException refused = null;
                    for (int i = 0; i < 10_000 && refused == null; i++) {
                        String key = "/t/" + i;
                        String value = i + "y".repeat(5000);
                        try {
                            put(engine, key, value);
                            acknowledged.put(key, value);
                        } catch (StoreException e) {
                            refused = e;
                        }
                    }
                    assertThat(refused).isNotNull();
                    assertThat(refused.code()).isEqualTo(StoreException.Code.UNAVAILABLE);
                    // Without any patience: reads go on.
                    for (Map.Entry<String, String> entry : acknowledged.entrySet()) {
                        assertThat(engine.get(new Key(entry.getKey())).map(Entry::text)).contains(entry.getValue());
                    }
                    assertThat(engine.status().problem()).isPresent();
                    Files.delete(ballast);
                    assertThat(run("mount", "-o", "remount,size=128m", small.toString())).isZero();
                    await(() -> engine.status().writable());
                    put(engine, "/t/after", "after");
                    acknowledged.put("/t/after", "after");
                    assertThat(state(engine)).isEqualTo(acknowledged);
                }
                try (Stream<Path> view = Files.list(engines.directory().resolve("view"))) {
                    for (Path file : view.toList()) {
                        Files.delete(file);
                    }
                }
                // As it is one process still, the blocks of the views before count until their mappings are collected, whenever that is.
                assertThat(run("mount", "-o", "remount,size=512m", small.toString())).isZero();
                try (Engine engine = engines.open()) {
                    assertThat(state(engine)).isEqualTo(acknowledged);
                    assertThat(engine.status().problem()).isEmpty();
                }
            }
        } finally {
            run("umount", "-l", small.toString());
        }
    }

    /** What the view is made of is read until there is room for it. */
    @Test
    void aViewThatTheDiskHasNoRoomForIsMadeWhenItHas() throws Exception {
        Path small = home.resolve("small");
        Files.createDirectories(small);
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", small.toString()) == 0,
                "only root can mount a small disk");
        Path elsewhere = home.resolve("elsewhere");
        Map<String, String> written = new TreeMap<>();
        try (TestEngines engines = new TestEngines(elsewhere).segmentBytes(4L << 20); Engine engine = engines.open()) {
            for (int i = 0; i < 2000; i++) {
                written.put("/t/" + i, i + "y".repeat(3000));
                put(engine, "/t/" + i, i + "y".repeat(3000));
            }
            engine.snapshot();
            put(engine, "/t/last", "1");
            written.put("/t/last", "1");
        }
        assertThat(run("cp", "-a", elsewhere + "/.", small.toString())).isZero();
        try (TestEngines engines = new TestEngines(small).segmentBytes(4L << 20)) {
            try (Stream<Path> view = Files.list(engines.directory().resolve("view"))) {
                for (Path file : view.toList()) {
                    Files.delete(file);
                }
            }
            Path ballast = small.resolve("ballast");
            long room = Files.getFileStore(small).getUsableSpace();
            Files.write(ballast, new byte[(int) Math.max(0, room - (3 << 20))]);
            try (Engine engine = engines.open()) {
                await(() -> engine.status().problem().filter(why -> why.contains("can't be made yet")).isPresent());
                for (Map.Entry<String, String> entry : written.entrySet()) {
                    assertThat(engine.get(new Key(entry.getKey())).map(Entry::text)).contains(entry.getValue());
                }
                Files.delete(ballast);
                await(() -> engine.status().problem().isEmpty());
                engine.snapshot();
                assertThat(state(engine)).isEqualTo(written);
            }
        } finally {
            run("umount", "-l", small.toString());
        }
    }

    /** What is durable is in force, whatever those make of it who are told. */
    @Test
    void aListenerThatFailsTakesNoWriteBack() throws Exception {
        try (TestEngines engines = new TestEngines(home)) {
            Map<String, String> written = new TreeMap<>();
            try (Engine engine = engines.open()) {
                put(engine, "/peers/x", "0");
                written.put("/peers/x", "0");
                AutoCloseable listening = engine.onPeersChange(() -> {
                    throw new OutOfMemoryError("on purpose");
                });
                for (int i = 0; i < 10; i++) {
                    put(engine, "/peers/x", "" + i);
                    put(engine, "/t/" + i, "" + i);
                    written.put("/peers/x", "" + i);
                    written.put("/t/" + i, "" + i);
                }
                listening.close();
                assertThat(engine.status().problem()).isEmpty();
                assertThat(state(engine)).isEqualTo(written);
            }
            try (Engine engine = engines.open()) {
                assertThat(state(engine)).isEqualTo(written);
                assertThat(engine.verify(Long.MAX_VALUE).damages()).isEmpty();
            }
        }
    }

    private static int run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }
}
