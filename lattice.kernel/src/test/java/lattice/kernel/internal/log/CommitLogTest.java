package lattice.kernel.internal.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Crc;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.files.FaultyFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That of a log that was changed in any place nothing is read but what was written, and what is not is told. */
@Timeout(120)
final class CommitLogTest {
    private static final Hash STORE = Hash.of(new byte[] {1});
    private static final int RECORDS = 24;
    /** Every byte takes minutes on a slow disk: {@code -Dlattice.long=true}. Else every so manieth, from a random one on. */
    private static final int STEP = Boolean.getBoolean("lattice.long") ? 1 : 29;

    @TempDir
    Path home;

    private Path directory;
    private final List<byte[]> written = new ArrayList<>();
    private final List<byte[]> files = new ArrayList<>();
    private List<Path> paths;
    private long end;

    /** What was found on opening. */
    private static final class Found implements CommitLog.Visitor {
        private final List<byte[]> records = new ArrayList<>();
        private final List<Damage> damages = new ArrayList<>();
        private int torn;

        @Override
        public void record(long place, byte[] body) {
            records.add(body);
        }

        @Override
        public void damaged(Damage damage) {
            damages.add(damage);
        }

        @Override
        public boolean torn(Damage damage) {
            torn++;
            return true;
        }
    }

    @BeforeEach
    void write() throws IOException {
        directory = home.resolve("log");
        Random random = new Random(4);
        try (CommitLog log = CommitLog.create(new DiskFiles(), directory, STORE, 1, 10_000)) {
            for (int i = 1; i <= RECORDS; i++) {
                byte[] body = new byte[1 + random.nextInt(200)];
                random.nextBytes(body);
                written.add(body);
                log.startRecord(i).raw(body);
                log.endRecord(i);
                log.append();
                log.sync();
            }
            end = log.end();
        }
        try (Stream<Path> segments = Files.list(directory)) {
            paths = segments.sorted().toList();
        }
        for (Path path : paths) {
            files.add(Files.readAllBytes(path));
        }
        assertThat(paths).hasSize(2);
    }

    private Found open(long confirmed) throws IOException {
        Found found = new Found();
        CommitLog.open(new DiskFiles(), directory, STORE, 0, confirmed, 10_000, found).close();
        return found;
    }

    /** Of what the disk can't read nobody knows whether it was confirmed: it is no torn tail. */
    @Test
    void aPageThatTheDiskCantReadIsDamageWhereverItIsAndWritingGoesOnBehindIt() throws Exception {
        for (int file = 0; file < files.size(); file++) {
            for (int page = 0; page * 4096L < files.get(file).length; page++) {
                FaultyFiles disk = new FaultyFiles();
                disk.spoil(paths.get(file), page * 4096L);
                String how = "file " + file + ", page " + page;
                Found found = new Found();
                byte[] more = {1, 2, 3};
                try (CommitLog log = CommitLog.open(disk, directory, STORE, 0, 0, 10_000, found)) {
                    assertSound(found, how);
                    assertThat(found.torn).as(how).isZero();
                    if (page < 2) {
                        assertThat(found.records).as("the other head says the same").hasSize(RECORDS);
                    } else {
                        assertThat(found.damages).as(how).singleElement().satisfies(damage -> assertThat(damage.what()).contains("can't read"));
                    }
                    for (var part : log.damagedParts().entrySet()) {
                        log.fill(part.getKey(), part.getValue());
                    }
                    log.startRecord(RECORDS + 1).raw(more);
                    log.endRecord(RECORDS + 1);
                    log.append();
                    log.sync();
                }
                Found again = open(0);
                assertThat(again.damages).as(how).isEmpty();
                assertThat(again.torn).as(how).isZero();
                assertThat(again.records).as(how).usingElementComparator(Arrays::compare).containsSubsequence(found.records).endsWith(more);
                restore();
                try (Stream<Path> all = Files.list(directory)) {
                    for (Path other : all.filter(path -> !paths.contains(path)).toList()) {
                        Files.delete(other);
                    }
                }
            }
        }
    }

    @Test
    void aSegmentOfWhichTheDiskReadsNoHeadIsRefusedWithASentence() {
        FaultyFiles disk = new FaultyFiles();
        disk.spoil(paths.get(0), 0);
        disk.spoil(paths.get(0), 4096);
        assertThatThrownBy(() -> CommitLog.open(disk, directory, STORE, 0, 0, 10_000, new Found())).isInstanceOf(IOException.class)
                .hasMessageContaining(paths.get(0).toString()).hasMessageContaining("byte 0").hasMessageContaining("backup");
    }

    private void restore() throws IOException {
        for (int i = 0; i < paths.size(); i++) {
            Files.write(paths.get(i), files.get(i));
        }
    }

    /** The records that were found must be some of those that were written, in their order. */
    private void assertSound(Found found, String how) {
        int at = 0;
        for (byte[] record : found.records) {
            while (at < written.size() && !Arrays.equals(record, written.get(at))) {
                at++;
            }
            assertThat(at).as("%s: a record that was never written, or out of order", how).isLessThan(written.size());
            at++;
        }
        if (found.records.size() < written.size()) {
            assertThat(found.damages.size() + found.torn).as("%s: %s of %s records", how, found.records.size(), RECORDS)
                    .isPositive();
        }
    }

    @Test
    void aByteThatIsChangedAnywhereIsNoticed() throws Exception {
        Random random = new Random();
        for (int file = 0; file < files.size(); file++) {
            byte[] sound = files.get(file);
            for (int at = random.nextInt(STEP); at < sound.length; at += STEP) {
                if (at % 4096 > 120 && at < SegmentFormat.HEAD_BYTES) {
                    // The room behind each copy of the head says nothing.
                    continue;
                }
                byte[] bytes = sound.clone();
                bytes[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(paths.get(file), bytes);
                // As long as another record proves that it was durable, or somebody knows, it is damage and no torn tail.
                boolean known = at % 2 == 0;
                Found found = open(known ? end : 0);
                String how = "file " + file + ", byte " + at;
                assertSound(found, how);
                if (known || file == 0) {
                    assertThat(found.torn).as(how).isZero();
                }
                if (at >= SegmentFormat.HEAD_BYTES) {
                    assertThat(found.records).as(how).hasSizeLessThan(RECORDS).hasSizeGreaterThanOrEqualTo(RECORDS - 2);
                }
                restore();
            }
        }
    }

    @Test
    void aTailThatIsCutOffOrZeroedOrGarbageFromAnyByteIsNoticed() throws Exception {
        Random random = new Random(8);
        byte[] sound = files.get(1);
        int last = sound.length - SegmentFormat.RECORD_HEAD_BYTES - written.get(RECORDS - 1).length;
        for (int at = SegmentFormat.HEAD_BYTES; at < sound.length; at += at < last ? Math.min(STEP, last - at) : 1) {
            for (int kind = at % 3; kind < 3; kind += STEP > 1 ? 3 : 1) {
                byte[] bytes = sound.clone();
                if (kind == 0) {
                    bytes = Arrays.copyOf(bytes, at);
                } else if (kind == 1) {
                    Arrays.fill(bytes, at, bytes.length, (byte) 0);
                } else {
                    byte[] garbage = new byte[bytes.length - at];
                    random.nextBytes(garbage);
                    System.arraycopy(garbage, 0, bytes, at, garbage.length);
                }
                Files.write(paths.get(1), bytes);
                String how = "kind " + kind + " from byte " + at;
                Found told = open(end);
                assertSound(told, how);
                assertThat(told.torn + told.damages.size()).as(how).isPositive();
                if (at % 8 == 0) {
                    Files.write(paths.get(1), bytes);
                    Found untold = open(0);
                    assertThat(untold.damages).as(how).isEmpty();
                    assertThat(untold.records).as(how).hasSameSizeAs(told.records);
                }
                restore();
            }
        }
    }

    @Test
    void aZeroedPageAnywhereIsNoticed() throws Exception {
        for (int file = 0; file < files.size(); file++) {
            for (int at = 0; at < files.get(file).length; at += 512) {
                byte[] bytes = files.get(file).clone();
                Arrays.fill(bytes, at, Math.min(bytes.length, at + 4096), (byte) 0);
                Files.write(paths.get(file), bytes);
                assertSound(open(end), "file " + file + ", page at " + at);
                restore();
            }
        }
    }

    @Test
    void aDamagedPartThatIsFilledIsSoundAgainWhereverItIs() throws Exception {
        Random random = new Random(6);
        for (int round = 0; round < 1000 / STEP; round++) {
            int file = random.nextInt(2);
            byte[] bytes = files.get(file).clone();
            int at = random.nextInt(bytes.length - 1);
            for (int i = at; i < Math.min(bytes.length, at + 1 + random.nextInt(1500)); i++) {
                bytes[i] ^= (byte) random.nextInt(256);
            }
            Files.write(paths.get(file), bytes);
            Found found = new Found();
            List<byte[]> kept;
            try (CommitLog log = CommitLog.open(new DiskFiles(), directory, STORE, 0, end, 10_000, found)) {
                kept = found.records;
                for (var part : log.damagedParts().entrySet()) {
                    try {
                        log.fill(part.getKey(), part.getValue());
                    } catch (IOException e) {
                        // A segment that lost both heads says its revisions by its records, and these are none of commits.
                        assertThat(e).hasMessageContaining("can't be read");
                    }
                }
                if (log.isDamaged()) {
                    restore();
                    continue;
                }
            }
            Found again = open(end);
            assertThat(again.damages).as("round %s", round).isEmpty();
            assertThat(again.records).as("round %s", round).usingElementComparator(Arrays::compare).containsSubsequence(kept);
            restore();
        }
    }

    /** One without a sound head is cut off only if it was never used: here records stand in it. */
    @Test
    void theNewestSegmentIsNotTakenForUnfinishedBecauseItsHeadsAreGone() throws Exception {
        byte[] bytes = files.get(1).clone();
        Arrays.fill(bytes, 0, SegmentFormat.HEAD_BYTES, (byte) 0);
        Files.write(paths.get(1), bytes);
        Found found = open(0);
        assertThat(found.torn).isZero();
        assertThat(found.damages).singleElement().satisfies(damage -> assertThat(damage.file()).isEqualTo(paths.get(1)));
        assertThat(found.records).usingElementComparator(Arrays::compare).containsExactlyElementsOf(written);

        Files.write(paths.get(1), new byte[bytes.length]);
        assertThat(open(0).torn).as("an unused one").isEqualTo(1);
    }

    /** A reader of all that is slower than what is dropped must come to the end all the same. */
    @Test
    void whoReadsAllGoesOnBehindWhatIsDroppedMeanwhile() throws Exception {
        try (CommitLog log = CommitLog.create(new DiskFiles(), home.resolve("other/log"), STORE, 1, 10_000)) {
            for (int i = 1; i <= 2000; i++) {
                LogRecord.writeJudgement(log.startRecord(i), i, List.of());
                log.endRecord(i);
                log.append();
            }
            log.sync();
            List<Long> first = log.segmentsBelow(log.end(), 2000);
            assertThat(first).hasSizeGreaterThan(2);
            try (LogReader all = log.readAll(); LogReader exact = log.readAt(log.start())) {
                assertThat(revision(all)).isEqualTo(1);
                assertThat(revision(exact)).isEqualTo(1);
                log.drop(first);
                assertThatThrownBy(exact::next).isInstanceOf(IOException.class).hasMessageContaining("compacted away");
                long next = revision(all);
                assertThat(next).isEqualTo(log.firstRevision()).isGreaterThan(2);
                while (next < 2000) {
                    assertThat(revision(all)).isEqualTo(++next);
                }
                assertThat(all.next()).isEmpty();
                assertThat(all.skipped()).isPositive();
            }
        }
    }

    private static long revision(LogReader reader) throws IOException {
        return ((LogRecord.OfJudgement) reader.next().orElseThrow()).revision();
    }

    @Test
    void aSegmentOfANewerFormatIsRefusedWithASentence() throws Exception {
        byte[] bytes = files.get(0).clone();
        for (int copy = 0; copy < 2; copy++) {
            int start = copy * SegmentFormat.HEAD_COPY_BYTES;
            bytes[start + 7] = 9;
            int length = 7 + 1 + Hash.BYTES + 8 + 4 + 8 + 8;
            byte[] crc = new ByteWriter(4).u32(Crc.of(bytes, start, length)).toBytes();
            System.arraycopy(crc, 0, bytes, start + length, 4);
        }
        Files.write(paths.get(0), bytes);
        assertThatThrownBy(() -> open(0)).isInstanceOf(IOException.class).hasMessageContaining("format 9")
                .hasMessageContaining("newer Lattice");
    }

    @Test
    void aSegmentOfAnotherStoreIsRefusedWithASentence() {
        assertThatThrownBy(() -> CommitLog.open(new DiskFiles(), directory, Hash.of(new byte[] {2}), 0, 0, 10_000, new Found()))
                .isInstanceOf(IOException.class).hasMessageContaining("belongs to store");
    }
}
