package lattice.kernel.internal.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BackupFileTest {
    @TempDir
    Path directory;

    /** As one with FAT does not; here it is the file system in a ZIP file. */
    @Test
    void aDiskThatKnowsNoLinksTakesABackupAndLosesNone() throws Exception {
        try (FileSystem disk = FileSystems.newFileSystem(directory.resolve("disk.zip"), Map.of("create", "true"))) {
            Path unfinished = Files.writeString(disk.getPath("/unfinished"), "new");
            Path file = disk.getPath("/node.backup");
            assertThatThrownBy(() -> Files.createLink(file, unfinished)).isInstanceOf(UnsupportedOperationException.class);
            givesItsNameOnce(unfinished, file);
        }
    }

    @Test
    void aDiskThatKnowsLinksTakesABackupAndLosesNone() throws Exception {
        givesItsNameOnce(Files.writeString(directory.resolve("unfinished"), "new"), directory.resolve("node.backup"));
    }

    private static void givesItsNameOnce(Path unfinished, Path file) throws IOException {
        BackupFile.give(unfinished, file);
        assertThat(Files.readString(file)).isEqualTo("new");
        Files.deleteIfExists(unfinished);
        Files.writeString(unfinished, "newer");
        assertThatThrownBy(() -> BackupFile.give(unfinished, file)).isInstanceOf(IOException.class)
                .hasMessageContaining("is there already");
        assertThat(Files.readString(file)).isEqualTo("new");
    }
}
