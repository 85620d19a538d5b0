package lattice.launcher.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeLockTest {
    @TempDir
    private Path directory;

    private NodeHome home;

    @BeforeEach
    void makeHome() throws LauncherException {
        home = new NodeHome(directory.resolve("a/home"));
        home.create();
    }

    @Test
    void aHomeIsItsOwnersAlone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.root()))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.run()))).isEqualTo("rwx------");
    }

    @Test
    void aSecondNodeIsToldWhoIsThere() throws Exception {
        HomeLock first = HomeLock.acquire(home);
        try (first) {
            assertThatThrownBy(() -> HomeLock.acquire(home))
                    .isInstanceOf(LauncherException.class)
                    .hasMessageContaining("pid " + ProcessHandle.current().pid())
                    .hasMessageContaining(home.root().toString());
        }
        HomeLock.acquire(home).close();
    }

    @Test
    void theHolderIsKnownWhileItHolds() throws Exception {
        assertThat(HomeLock.holder(home)).isEmpty();
        try (HomeLock lock = HomeLock.acquire(home)) {
            assertThat(HomeLock.holder(home)).hasValueSatisfying(holder -> {
                assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
                assertThat(Duration.between(holder.since(), Instant.now())).isLessThan(Duration.ofMinutes(1));
            });
        }
        assertThat(HomeLock.holder(home)).isEmpty();
        assertThat(home.lockFile()).exists();
    }

    @Test
    void aHomeThatCannotBeMadeIsSaidSo() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> new NodeHome(file.resolve("home")).create())
                .isInstanceOf(LauncherException.class)
                .hasMessageContaining(file.resolve("home").toString())
                .hasMessageContaining("--home");
    }

    @Test
    void aThrowAwayHomeLeavesNothing() throws Exception {
        Files.createDirectories(home.run().resolve("deep/er"));
        home.delete();
        assertThat(home.root()).doesNotExist();
    }
}
