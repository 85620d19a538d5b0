package lattice.mesh.internal.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** What was said to the log, as {@code lattice:log} would show it. */
public final class Logged extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Queue<String> remarks = new ConcurrentLinkedQueue<>();
    private final Queue<String> warnings = new ConcurrentLinkedQueue<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("lattice");

    public Logged() {
        start();
        logger.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
            warnings.add(event.getFormattedMessage());
        } else if (event.getLevel() == Level.INFO) {
            remarks.add(event.getFormattedMessage());
        }
    }

    /** Whether there is a warning with all of these parts. */
    public boolean says(String... parts) {
        return count(warnings, parts) > 0;
    }

    /** How many warnings there are with all of these parts. */
    public long count(String... parts) {
        return count(warnings, parts);
    }

    /** Whether something with all of these parts was remarked that is no reason to warn. */
    boolean remarks(String... parts) {
        return count(remarks, parts) > 0;
    }

    private static long count(Queue<String> said, String... parts) {
        return said.stream().filter(line -> Stream.of(parts).allMatch(line::contains)).count();
    }

    @Override
    public void close() {
        logger.detachAppender(this);
    }
}
