package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Link;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateBuilderTest {
    private static final Author AUTHOR = new Author(new NodeId("ab".repeat(32)), 1);
    private static final byte[] KEY = "/t/key".getBytes(StandardCharsets.UTF_8);
    private static final byte[] OTHER = "/t/other".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    /** Else the history, which goes from record to record, would begin below it. */
    @Test
    void aVoidWriteAtTheTopIsFoundAgainWhenWhatItLeftStandsInTheSnapshot() throws Exception {
        Cell before = new Cell(new Version(new HybridTime(100), AUTHOR, 0), null, false, 5, 5, new byte[] {1});
        Commit commit = new Commit(Hash.NONE, AUTHOR, 2, new HybridTime(200), Hash.NONE,
                List.of(new TransactionSection(Optional.empty(), Optional.empty(), Optional.empty(),
                        List.of(new Write(KEY, new byte[] {2}, null), new Write(OTHER, new byte[] {3}, null)))));
        LogRecord.OfCommit record = new LogRecord.OfCommit(10, Stage.EFFECTIVE,
                new Link[] {new Link(5, Outcome.VOID), new Link(0, Outcome.VOID)}, Optional.empty(), CommitCodec.encode(commit));
        try (StateBuilder builder = new StateBuilder(new DiskFiles(), directory, new Rebuild("test", words -> { }))) {
            builder.add(record, commit);
            View view = builder.build(directory.resolve("view.db"),
                    List.of(new CellFile.Encoded(KEY, before.encode(KEY))).iterator());
            Cell after = view.get(KEY).orElseThrow();
            assertThat(after.value()).isEqualTo(before.value());
            assertThat(after.touched()).isEqualTo(10);
            assertThat(after.concurrent()).isFalse();
            assertThat(view.get(OTHER)).hasValueSatisfying(cell -> {
                assertThat(cell.isDeletion()).as("nothing is there").isTrue();
                assertThat(cell.touched()).isEqualTo(10);
            });
            view.close();
        }
    }
}
