package lattice.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.log.LogService;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.context.BundleContextExtension;
import org.osgi.test.junit5.service.ServiceExtension;
import org.slf4j.LoggerFactory;

/** Whatever they log with, it is in the log. */
@ExtendWith({BundleContextExtension.class, ServiceExtension.class})
class LogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final String mark = UUID.randomUUID().toString();
    private Path log;

    @BeforeEach
    void findLog(@InjectBundleContext BundleContext context) {
        log = Path.of(context.getProperty("lattice.home"), "logs", "lattice.log");
    }

    @Test
    void whatBundlesSayThroughSlf4j() {
        LoggerFactory.getLogger(LogTest.class).info("This is {}.", mark);
        assertThat(awaitLine(mark)).contains("INFO  lattice.itest.LogTest ");
    }

    @Test
    void whatTheJdkSays() {
        Logger.getLogger("lattice.itest.jdk").warning("This is " + mark + ".");
        assertThat(awaitLine(mark)).contains("WARN  lattice.itest.jdk ");
    }

    @Test
    void whatTheLogServiceIsTold(@InjectService LogService service) {
        service.getLogger("lattice.itest.osgi").error("This is {}.", mark, new IllegalStateException("because " + mark));
        assertThat(awaitLine("This is " + mark)).contains("ERROR lattice.itest.osgi ");
        assertThat(awaitLine("because " + mark)).contains("IllegalStateException");
    }

    @Test
    void aComponentThatFailsToActivate(@InjectService ServiceComponentRuntime components,
            @InjectBundleContext BundleContext context) throws Exception {
        ComponentDescriptionDTO description =
                components.getComponentDescriptionDTO(context.getBundle(), FailsToActivate.NAME);
        assertThat(description).isNotNull();
        components.enableComponent(description).getValue();
        try {
            assertThat(awaitLine(FailsToActivate.NAME)).contains("ERROR");
            assertThat(awaitLine(FailsToActivate.WHY)).contains("IllegalStateException");
        } finally {
            components.disableComponent(description).getValue();
        }
    }

    private String awaitLine(String text) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (true) {
            try {
                for (String line : Files.readAllLines(log)) {
                    if (line.contains(text)) {
                        return line;
                    }
                }
                if (Instant.now().isAfter(deadline)) {
                    throw new AssertionError("Waited " + PATIENCE.toSeconds() + " s in vain for '" + text + "' in:\n"
                            + Files.readString(log));
                }
                Thread.sleep(20);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
