package lattice.daemon.internal.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what a daemon prints, line by line, to the log of its own; what is printed faster than it is written has to wait. */
final class Output implements Runnable {
    /** Loggers of that name and a service's id go to a file of the service. */
    static final String LOGGER = "daemon.";

    private static final int MAX_LINE = 8 * 1024;
    private static final int BUFFER = 16 * 1024;

    private final InputStream from;
    private final Logger log;
    private final Consumer<String> lines;
    private volatile String last = "";

    /** @param lines hears every line, before it is logged */
    Output(InputStream from, String service, Consumer<String> lines) {
        this.from = from;
        this.log = LoggerFactory.getLogger(LOGGER + service);
        this.lines = lines;
    }

    /** The last line that was not blank, if there was one. */
    Optional<String> last() {
        return Optional.of(last).filter(line -> !line.isBlank());
    }

    @Override
    public void run() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        try (from) {
            for (int length = from.read(buffer); length >= 0; length = from.read(buffer)) {
                for (int i = 0; i < length; i++) {
                    if (buffer[i] == '\n' || line.size() == MAX_LINE) {
                        say(line);
                    }
                    if (buffer[i] != '\n') {
                        line.write(buffer[i]);
                    }
                }
            }
        } catch (IOException e) {
            log.debug("Its output was closed.", e);
        }
        if (line.size() > 0) {
            say(line);
        }
    }

    private void say(ByteArrayOutputStream line) {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (!text.isBlank()) {
            last = text.strip();
        }
        lines.accept(text);
        log.info("{}", text);
    }
}
