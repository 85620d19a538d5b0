package lattice.daemon.internal.descriptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorFileTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        file = directory.resolve("a.daemon.json");
        Files.writeString(file, "{}");
        permit(file, "rw-r--r--");
    }

    private static void permit(Path path, String permissions) throws Exception {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void isHashedAsItIsRead() throws Exception {
        DescriptorFile read = DescriptorFile.read(file);
        assertThat(new String(read.bytes())).isEqualTo("{}");
        assertThat(read.hash()).isEqualTo("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }

    @Test
    void isRefusedIfOthersCanChangeIt() throws Exception {
        permit(file, "rw----rw-");
        assertThatThrownBy(() -> DescriptorFile.read(file)).hasMessageContaining("chmod go-w " + file.toRealPath());
        permit(file, "rw-------");
        permit(directory, "rwxrwxrwx");
        assertThatThrownBy(() -> DescriptorFile.read(file)).hasMessageContaining("chmod go-w " + directory.toRealPath());
    }

    @Test
    void mayBeWrittenByAGroupOnlyIfThatIsTheOwnersOwn() {
        assertThat(DescriptorFile.isOpen(PosixFilePermissions.fromString("rw-rw-r--"), 1000, 1000)).isFalse();
        assertThat(DescriptorFile.isOpen(PosixFilePermissions.fromString("rw-rw-r--"), 1000, 100)).isTrue();
        assertThat(DescriptorFile.isOpen(PosixFilePermissions.fromString("rw-r--rw-"), 1000, 1000)).isTrue();
        assertThat(DescriptorFile.isOpen(PosixFilePermissions.fromString("rw-r--r--"), 1000, 100)).isFalse();
    }

    @Test
    void mayBeALinkToOneThatIsSafe() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        permit(elsewhere, "rwxr-xr-x");
        Path target = Files.writeString(elsewhere.resolve("b.json"), "{}");
        Path link = Files.createSymbolicLink(directory.resolve("b.daemon.json"), target);
        assertThat(DescriptorFile.read(link).bytes()).hasSize(2);
        permit(elsewhere, "rwxrwxrwx");
        assertThatThrownBy(() -> DescriptorFile.read(link)).hasMessageContaining("chmod go-w " + elsewhere.toRealPath());
        Files.delete(target);
        assertThatThrownBy(() -> DescriptorFile.read(link)).hasMessageContaining("link to nowhere");
    }

    @Test
    void isAFileOfBoundedLength() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("c.daemon.json"));
        assertThatThrownBy(() -> DescriptorFile.read(folder)).hasMessageContaining("no regular file");
        Files.write(file, new byte[DescriptorFormat.MAX_BYTES + 1]);
        assertThatThrownBy(() -> DescriptorFile.read(file)).hasMessageContaining("longer than");
    }
}
