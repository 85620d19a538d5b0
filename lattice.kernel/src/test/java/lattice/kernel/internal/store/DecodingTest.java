package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.backup.Restore;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Crc;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.log.LogRecord.Link;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.DamagedViewException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.Size;

/**
 * That reading what was written gives it again, and that reading anything else gives the documented error and takes no more
 * memory than the bytes that are there justify: for all that is read from disk.
 */
final class DecodingTest {
    private static final Author AUTHOR = new Author(new NodeId("ab".repeat(32)), 7);
    private static final StoreId STORE = new StoreId("cd".repeat(32));
    private static final Hash ID = Hash.of(new byte[] {3});
    private static final byte[] KEY = {'/', 'k'};
    /** A pointer and a small object for each byte. */
    private static final long MEMORY_PER_BYTE = 200;
    private static final long MEMORY = 600_000;

    private interface Decoder {
        Object decode(byte[] bytes) throws FormatException;
    }

    private static final Map<String, Decoder> DECODERS = Map.of(
            "record", LogRecord::decode,
            "commit", CommitCodec::decode,
            "cell", bytes -> Cell.decode(KEY, bytes),
            "memory", bytes -> Memory.fromBytes(STORE, true, bytes),
            "about a snapshot", Snapshots.About::decode);

    private static void assertHarmless(byte[] bytes) {
        DECODERS.forEach((name, decoder) -> {
            long most = MEMORY + MEMORY_PER_BYTE * bytes.length;
            // What is met for the first time loads classes; the second time takes what it takes.
            if (memoryTaken(name, decoder, bytes) >= most) {
                assertThat(memoryTaken(name, decoder, bytes)).as("memory taken by a %s of %s bytes", name, bytes.length)
                        .isLessThan(most);
            }
        });
    }

    private static long memoryTaken(String name, Decoder decoder, byte[] bytes) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            decoder.decode(bytes);
        } catch (FormatException e) {
            assertThat(e).as(name).message().isNotBlank();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @Property(tries = 1500, shrinking = ShrinkingMode.OFF)
    void arbitraryBytesGiveTheDocumentedError(@ForAll @Size(max = 400) byte[] bytes) {
        assertHarmless(bytes);
    }

    @Property(tries = 800, shrinking = ShrinkingMode.OFF)
    void whatIsNearlyRightGivesTheDocumentedError(@ForAll long seed) {
        Random random = new Random(seed);
        for (byte[] sound : sound(random)) {
            byte[] bytes = random.nextBoolean() ? sound.clone() : Arrays.copyOf(sound, random.nextInt(sound.length + 20));
            for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = random.nextBoolean() ? (byte) 0xff : (byte) random.nextInt();
            }
            assertHarmless(bytes);
        }
    }

    private static Version version(Random random) {
        return new Version(new HybridTime(random.nextLong() >>> 1), random.nextBoolean() ? AUTHOR
                : new Author(new NodeId("0f".repeat(32)), random.nextLong()), random.nextInt(1000));
    }

    private static byte[] bytes(Random random, int most) {
        byte[] bytes = new byte[random.nextInt(most + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Commit commit(Random random, long sequence) {
        List<Write> writes = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            writes.add(new Write(KEY, random.nextInt(4) == 0 ? null : bytes(random, 60), random.nextBoolean() ? null : version(random)));
        }
        return new Commit(ID, AUTHOR, sequence, new HybridTime(1000 + sequence), Hash.of(new byte[] {(byte) sequence}),
                List.of(new TransactionSection(Optional.empty(), Optional.of("operation " + sequence), Optional.empty(), writes)));
    }

    private static Memory memory(Random random) {
        Memory memory = new Memory(STORE, true);
        for (int i = 1; i < 2 + random.nextInt(8); i++) {
            // Some numbers are left out, as behind damage.
            Commit commit = commit(random, i + (i > 4 ? 2 : 0));
            memory.add(i, random.nextInt(5) == 0 ? Stage.WAITING : Stage.EFFECTIVE, commit, Hash.of(CommitCodec.encode(commit)), true,
                    Optional.empty());
        }
        return memory;
    }

    private static LogRecord.OfCommit record(Random random) {
        Commit commit = commit(random, 1 + random.nextInt(100));
        long revision = 1 + random.nextInt(1_000_000);
        Link[] links = commit.transactions().get(0).writes().stream()
                .map(write -> new Link(random.nextBoolean() ? 0 : 1 + random.nextInt((int) revision),
                        Outcome.values()[random.nextInt(Outcome.values().length)])).toArray(Link[]::new);
        byte[] signature = new byte[LogRecord.SIGNATURE_BYTES];
        random.nextBytes(signature);
        return new LogRecord.OfCommit(revision, Stage.values()[random.nextInt(3)], links,
                random.nextBoolean() ? Optional.empty() : Optional.of(signature), CommitCodec.encode(commit));
    }

    private static byte[] encode(LogRecord.OfCommit record) {
        ByteWriter out = new ByteWriter(1000);
        LogRecord.startCommit(out, record.revision(), record.stage(), record.links(), record.links().length,
                record.signature().orElse(null));
        return out.raw(record.commit()).toBytes();
    }

    private static Cell cell(Random random) {
        long revision = random.nextInt(1_000_000);
        return new Cell(version(random), random.nextBoolean() ? null : version(random), random.nextBoolean(), revision,
                revision + random.nextInt(1000), random.nextInt(4) == 0 ? null : bytes(random, 100),
                random.nextBoolean() ? 0 : random.nextInt(1_000_000));
    }

    private static List<byte[]> sound(Random random) {
        ByteWriter signature = new ByteWriter(200);
        LogRecord.writeSignature(signature, AUTHOR, 9, new byte[LogRecord.SIGNATURE_BYTES]);
        ByteWriter judgement = new ByteWriter(200);
        LogRecord.writeJudgement(judgement, 9, List.of(new LogRecord.Judged(KEY, 3, cell(random).encode(KEY))));
        return List.of(encode(record(random)), signature.toBytes(), judgement.toBytes(), cell(random).encode(KEY),
                memory(random).toBytes(),
                new Snapshots.About(ID, "log", 5, 7, memory(random).toBytes()).encode());
    }

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void whatWasWrittenIsReadAgain(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        LogRecord.OfCommit record = record(random);
        LogRecord.OfCommit readRecord = (LogRecord.OfCommit) LogRecord.decode(encode(record));
        assertThat(readRecord).usingRecursiveComparison().isEqualTo(record);
        Cell cell = cell(random);
        assertThat(Cell.decode(KEY, cell.encode(KEY))).isEqualTo(cell);
        byte[] memory = memory(random).toBytes();
        assertThat(Memory.fromBytes(STORE, true, memory).toBytes()).isEqualTo(memory);
        Snapshots.About about = new Snapshots.About(ID, "log", random.nextInt(100), random.nextInt(100), memory);
        assertThat(Snapshots.About.decode(about.encode()).encode()).isEqualTo(about.encode());
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void filesOfArbitraryBytesAreRefusedWithASentence(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Path directory = Files.createTempDirectory("lattice-decoding-");
        try {
            Path file = directory.resolve("file");
            byte[] bytes = bytes(random, 500);
            if (random.nextBoolean()) {
                // A block with a right checksum, of anything.
                bytes = new ByteWriter(600).raw(new byte[] {'L', 'T', 'C', '-', 'C', 'E', 'L', 3}).u32(1).u32(Crc.of(new byte[1]))
                        .raw(new byte[1]).u32(bytes.length).u32(Crc.of(bytes)).raw(bytes).toBytes();
            }
            Files.write(file, bytes);
            try (CellFile.Reader reader = new CellFile.Reader(new DiskFiles(), file)) {
                reader.forEachRemaining(cell -> { });
                throw new AssertionError("It was read.");
            } catch (IOException | DamagedViewException e) {
                assertThat(e).message().isNotBlank();
            }
            assertThat(CleanMarker.read(new DiskFiles(), file)).isEmpty();
            assertThat(new Epoch(new DiskFiles(), file).read()).isEmpty();
            try {
                Restore.run(file, directory.resolve("home"));
                throw new AssertionError("It was restored.");
            } catch (IOException e) {
                assertThat(e).message().isNotBlank();
            }
            assertThat(directory.resolve("home/identity.key")).doesNotExist();
            byte[] newer = {'L', 'T', 'C', '-', 'C', 'E', 'L', 9, 0, 0, 0, 0};
            Files.write(file, newer);
            try (CellFile.Reader reader = new CellFile.Reader(new DiskFiles(), file)) {
                throw new AssertionError("It was read: " + reader.size());
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("newer Lattice");
            }
        } finally {
            ConvergenceTest.delete(directory);
        }
    }
}
