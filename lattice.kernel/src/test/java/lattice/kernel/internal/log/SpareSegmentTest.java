package lattice.kernel.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.files.FaultyFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpareSegmentTest {
    private static final Hash STORE = Hash.of(new byte[] {1});
    private static final long SEGMENT = 8L << 20;
    private static final int BODY = 256 << 10;

    @TempDir
    private Path home;
    private Path directory;
    private Path spare;
    private long revision;

    private final class Counting implements CommitLog.Visitor {
        private final List<Long> records = new ArrayList<>();

        @Override
        public void record(long place, byte[] body) {
            assertThat(body).hasSize(BODY);
            records.add(ByteBuffer.wrap(body).getLong());
        }

        @Override
        public void damaged(Damage damage) {
            throw new AssertionError(damage.toString());
        }

        @Override
        public boolean torn(Damage damage) {
            throw new AssertionError(damage.toString());
        }
    }

    @BeforeEach
    void name() {
        directory = home.resolve("log");
        spare = directory.resolve("spare");
    }

    private CommitLog create(FaultyFiles files) throws IOException {
        return CommitLog.create(files, directory, STORE, 1, SEGMENT);
    }

    private void write(CommitLog log, long upTo) throws IOException {
        while (log.end() < upTo) {
            revision++;
            log.startRecord(revision).raw(ByteBuffer.allocate(BODY).putLong(revision).array());
            log.endRecord(revision);
            log.append();
            log.sync();
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(10);
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Fills the first segment and most of the second one, which was made beforehand, and leaves them as a kill would. */
    private Path killed() throws Exception {
        Path copy = home.resolve("killed");
        try (CommitLog log = create(new FaultyFiles())) {
            write(log, SEGMENT / 2);
            await(log::hasSpare);
            assertThat(spare).hasSize(SEGMENT);
            write(log, SEGMENT);
            assertThat(spare).exists();
            write(log, SEGMENT + 4 * BODY);
            assertThat(spare).doesNotExist();
            assertThat(log.bytes()).isGreaterThanOrEqualTo(2 * SEGMENT);
            Files.createDirectory(copy);
            for (String name : names()) {
                Files.copy(directory.resolve(name), copy.resolve(name));
            }
        }
        return copy;
    }

    @Test
    void whatWasMadeBeforehandIsTheNextSegment() throws Exception {
        Path copy = killed();
        Counting found = new Counting();
        try (CommitLog log = CommitLog.open(new DiskFiles(), copy, STORE, 0, 0, SEGMENT, found)) {
            assertThat(found.records).hasSize((int) revision).isSorted().endsWith(revision);
            write(log, log.end() + BODY);
        }
        Counting again = new Counting();
        CommitLog.open(new DiskFiles(), copy, STORE, 0, 0, SEGMENT, again).close();
        assertThat(again.records).hasSize((int) revision).endsWith(revision);
    }

    @Test
    void aLogThatIsClosedLeavesNone() throws Exception {
        try (CommitLog log = create(new FaultyFiles())) {
            write(log, SEGMENT / 2);
        }
        assertThat(names()).hasSize(1);
        assertThat(Files.size(directory.resolve(names().get(0)))).isLessThan(SEGMENT);
    }

    @Test
    void whatIsLeftOfOneIsRemovedAtTheNextStart() throws Exception {
        create(new FaultyFiles()).close();
        Files.write(spare, new byte[1000]);
        CommitLog.open(new DiskFiles(), directory, STORE, 0, 0, SEGMENT, new Counting()).close();
        assertThat(names()).hasSize(1);
    }

    @Test
    void aLogGoesOnWithoutIfNoneCanBeMade() throws Exception {
        FaultyFiles files = new FaultyFiles();
        files.set(FaultyFiles.Fault.FAILED_WRITE, path -> path.equals(spare));
        try (CommitLog log = create(files)) {
            write(log, SEGMENT / 2);
            await(() -> files.hits() > 0 && !Files.exists(spare));
            write(log, 2 * SEGMENT);
        }
        Counting found = new Counting();
        CommitLog.open(new DiskFiles(), directory, STORE, 0, 0, SEGMENT, found).close();
        assertThat(found.records).hasSize((int) revision);
    }
}
