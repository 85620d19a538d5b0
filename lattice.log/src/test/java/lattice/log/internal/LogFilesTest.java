package lattice.log.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class LogFilesTest {
    private static final Instant TIME = Instant.parse("2026-01-31T12:00:00Z");

    @TempDir
    private Path directory;

    private LogFiles files;

    @BeforeEach
    void open() {
        files = new LogFiles(directory, LogSetup.NAME);
    }

    private static String line(Level level, String message) {
        return new LogLine(TIME, level, "lattice.test", "main", message).format() + "\n";
    }

    private void append(String text) throws IOException {
        Files.writeString(directory.resolve(LogSetup.FILE), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void packed(String name, String text) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(directory.resolve(name)))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static List<String> messages(LogFiles.Tail tail) {
        return tail.events().stream().map(event -> event.line().message()).toList();
    }

    @Test
    void whereNothingWasLoggedThereIsNothing() throws Exception {
        assertThat(files.last(10, event -> true)).isEqualTo(new LogFiles.Tail(List.of(), 0));
    }

    @Test
    void theLastOfAKindComeInTheirOrder() throws Exception {
        for (int i = 0; i < 10; i++) {
            append(line(i % 2 == 0 ? Level.INFO : Level.WARN, "message " + i));
        }
        assertThat(messages(files.last(2, event -> event.line().level() == Level.WARN)))
                .containsExactly("message 7", "message 9");
    }

    @Test
    void aStackTraceStaysWithItsLine() throws Exception {
        append(line(Level.ERROR, "boom") + "    java.lang.Error: boom\n        at A.b(A.java:1)\n" + line(Level.INFO, "on"));
        assertThat(files.last(5, event -> true).events()).extracting(event -> event.trace().size()).containsExactly(2, 0);
    }

    @Test
    void whatTheCurrentFileLacksComesFromThePackedOnesOfBefore() throws Exception {
        packed("lattice.2026-01-29.0.log.gz", line(Level.INFO, "a"));
        packed("lattice.2026-01-30.9.log.gz", line(Level.INFO, "b"));
        packed("lattice.2026-01-30.10.log.gz", line(Level.INFO, "c"));
        append(line(Level.INFO, "d"));
        assertThat(messages(files.last(3, event -> true))).containsExactly("b", "c", "d");
        assertThat(messages(files.last(9, event -> true))).containsExactly("a", "b", "c", "d");
    }

    @Test
    void whatComesIsFollowedThroughARollOver() throws Exception {
        append(line(Level.INFO, "before"));
        long end = files.last(1, event -> true).end();
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        Thread follower = new Thread(() -> {
            try {
                files.follow(end, event -> event.line().level() == Level.INFO, event -> heard.add(event.line().message()));
            } catch (IOException e) {
                heard.add(e.toString());
            }
        });
        follower.start();
        append(line(Level.INFO, "one") + line(Level.DEBUG, "no"));
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("one");
        append(line(Level.INFO, "two"));
        Files.move(directory.resolve(LogSetup.FILE), directory.resolve("lattice.old"), StandardCopyOption.ATOMIC_MOVE);
        append(line(Level.INFO, "three"));
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("two");
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("three");
        follower.interrupt();
        follower.join(10_000);
        assertThat(follower.isAlive()).isFalse();
        assertThat(heard).isEmpty();
    }
}
