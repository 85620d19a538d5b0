package lattice.launcher.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogFileTest {
    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private NodeHome home;
    private Path current;
    private Thread following;

    @BeforeEach
    void make() throws Exception {
        home = new NodeHome(directory);
        home.create();
        current = home.log();
    }

    @AfterEach
    void end() throws InterruptedException {
        if (following != null) {
            following.interrupt();
            following.join();
        }
    }

    private void write(String lines) throws IOException {
        Files.writeString(current, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void pack(String name, String lines) throws IOException {
        try (OutputStream packed = new GZIPOutputStream(Files.newOutputStream(home.logs().resolve(name)))) {
            packed.write(lines.getBytes(StandardCharsets.UTF_8));
        }
    }

    private String last(int lines) throws Exception {
        out.reset();
        LogFile.of(home, "lattice").print(lines, false, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private void follow() {
        following = new Thread(() -> {
            try {
                LogFile.of(home, "lattice").print(1, true, out);
            } catch (LauncherException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                // The end of the test.
                return;
            }
        });
        following.start();
    }

    private void await(String text) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!out.toString(StandardCharsets.UTF_8).equals(text)) {
            assertThat(System.nanoTime()).as("followed so far: %s", out).isLessThan(end);
            Thread.sleep(10);
        }
    }

    @Test
    void theLastLinesComeFromPackedFilesToo() throws Exception {
        pack("lattice.2026-01-02.0.log.gz", "one\ntwo\n");
        pack("lattice.2026-01-02.1.log.gz", "three\n");
        pack("other.2026-01-02.1.log.gz", "not this\n");
        write("four\nf\u00fcnf\n");
        assertThat(last(1)).isEqualTo("f\u00fcnf\n");
        assertThat(last(4)).isEqualTo("two\nthree\nfour\nf\u00fcnf\n");
        assertThat(last(100)).isEqualTo("one\ntwo\nthree\nfour\nf\u00fcnf\n");
        assertThat(last(0)).isEmpty();
    }

    @Test
    void whatComesIsFollowedThroughTheTurnToANewFile() throws Exception {
        write("old\nlast\n");
        follow();
        await("last\n");
        write("half");
        write(" a line\n");
        await("last\nhalf a line\n");
        Path before = home.logs().resolve("turned");
        Files.move(current, before);
        Files.writeString(before, "straggler\n", StandardOpenOption.APPEND);
        write("new\n");
        await("last\nhalf a line\nstraggler\nnew\n");
    }

    @Test
    void aFileThatWasEmptiedIsReadFromItsBeginning() throws Exception {
        write("a long line at first\n");
        follow();
        await("a long line at first\n");
        Files.writeString(current, "");
        write("short\n");
        await("a long line at first\nshort\n");
    }

    @Test
    void aLogThatIsNotThereIsToldWithThoseThatAre() throws Exception {
        assertThatThrownBy(() -> LogFile.of(home, "lattice")).hasMessageContaining("no node has run there");
        write("x\n");
        Files.writeString(Files.createDirectory(home.logs().resolve("daemons")).resolve("webhook.log"), "hello\n");
        LogFile.of(home, "webhook").print(5, false, out);
        assertThat(out).hasToString("hello\n");
        for (String name : new String[] {"../node", "nothing", ".."}) {
            assertThatThrownBy(() -> LogFile.of(home, name)).isInstanceOf(LauncherException.class)
                    .hasMessageEndingWith("there are lattice, webhook.");
        }
    }
}
