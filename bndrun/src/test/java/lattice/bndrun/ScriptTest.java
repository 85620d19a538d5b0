package lattice.bndrun;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script in the source tree, up to where it hands over to the jar. */
@Timeout(60)
class ScriptTest {
    private static final Path SCRIPT = Path.of("..", "lattice").toAbsolutePath().normalize();

    @TempDir
    Path directory;

    private String complaint(Path javaHome) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", SCRIPT.toString(), "--version").redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        Process script = builder.start();
        assertThat(script.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(script.exitValue()).isEqualTo(1);
        return new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private Path javaThatSays(String version) throws IOException {
        Path java = Files.createDirectories(directory.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho '" + version + "' >&2\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
        return directory;
    }

    @Test
    void aMissingJavaIsSaidSo() throws Exception {
        assertThat(complaint(directory).lines()).hasSize(1).first().asString().contains("JAVA_HOME", directory.toString());
    }

    @Test
    void anOldJavaIsRefused() throws Exception {
        assertThat(complaint(javaThatSays("openjdk version \"1.8.0_402\"")).lines()).hasSize(1).first().asString()
                .contains("needs Java 17", "version 8");
        assertThat(complaint(javaThatSays("openjdk version \"11.0.2\" 2019-01-15"))).contains("version 11");
    }

    @Test
    void aJavaThatDoesNotSayWhatItIsIsRefused() throws Exception {
        assertThat(complaint(javaThatSays("moo")).lines()).hasSize(1).first().asString().contains("does not say");
    }
}
