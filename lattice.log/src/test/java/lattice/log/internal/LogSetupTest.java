package lattice.log.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.nio.file.Files;
import java.nio.file.Path;
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
        LogFiles.Tail tail = new LogFiles(directory).last(10, event -> true);
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
        assertThat(new LogFiles(directory).last(10, event -> true).events())
                .extracting(event -> event.line().message()).containsExactly("shown");
    }
}
