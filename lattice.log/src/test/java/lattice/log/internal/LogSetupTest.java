package lattice.log.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogSetupTest {
    @TempDir
    private Path directory;

    private final LoggerContext context = new LoggerContext();
    private final LogSetup setup = new LogSetup(context);

    @BeforeEach
    void asSlf4jWould() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void whatIsLoggedIsInTheFileWhenTheCallReturns() throws Exception {
        setup.level(Level.INFO);
        setup.toFile(directory);
        Logger logger = context.getLogger("lattice.test");
        logger.info("one");
        logger.debug("two");
        logger.error("three", new IllegalStateException("the\nreason"));
        LogFiles.Tail tail = new LogFiles(directory, LogSetup.NAME).last(10, event -> true);
        assertThat(tail.events()).extracting(event -> event.line().message()).containsExactly("one", "three");
        assertThat(tail.events().get(1).trace()).isNotEmpty().first().asString().contains("IllegalStateException: the");
        assertThat(tail.end()).isEqualTo(Files.size(directory.resolve(LogSetup.FILE)));
    }

    @Test
    void whoSaysALotIsHeardAtDebugOnly() throws Exception {
        setup.toFile(directory);
        setup.level(Level.INFO);
        context.getLogger("io.netty.util").info("hidden");
        setup.level(Level.DEBUG);
        context.getLogger("io.netty.util").debug("shown");
        assertThat(new LogFiles(directory, LogSetup.NAME).last(10, event -> true).events())
                .extracting(event -> event.line().message()).containsExactly("shown");
    }

    @Test
    void whatAProcessPrintsIsInAFileOfItsOwnWhichIsBounded() throws Exception {
        setup.level(Level.WARN);
        setup.toFile(directory);
        Logger logger = context.getLogger("daemon.org.example.clock");
        logger.info("ticks");
        context.getLogger("lattice.test").warn("of the node");
        LogFiles printed = new LogFiles(directory.resolve("daemons"), "org.example.clock");
        assertThat(printed.last(10, event -> true).events()).extracting(event -> event.line().message())
                .containsExactly("ticks");
        assertThat(new LogFiles(directory, LogSetup.NAME).last(10, event -> true).events())
                .extracting(event -> event.line().message()).containsExactly("of the node");

        String much = "x".repeat(1000);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        int files = 0;
        while (files < 4 && System.nanoTime() < deadline) {
            for (int i = 0; i < 500; i++) {
                logger.info(much);
            }
            try (Stream<Path> listed = Files.list(directory.resolve("daemons"))) {
                files = (int) listed.count();
            }
        }
        assertThat(files).as("files that were begun").isGreaterThanOrEqualTo(4);
    }
}
