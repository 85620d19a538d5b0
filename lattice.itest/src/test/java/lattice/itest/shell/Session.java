package lattice.itest.shell;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.util.tracker.ServiceTracker;

/** A session of the shell whose output is kept. */
public final class Session implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final CommandSession session;

    public Session(BundleContext context) throws InterruptedException {
        ServiceTracker<CommandProcessor, CommandProcessor> tracker = new ServiceTracker<>(context, CommandProcessor.class, null);
        tracker.open();
        session = tracker.waitForService(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS))
                .createSession(InputStream.nullInputStream(), out, out);
    }

    /** What a program prints. */
    public String run(String program) throws Exception {
        out.reset();
        session.execute(program);
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Why a program fails. */
    public String failureOf(String program) throws Exception {
        try {
            String printed = run(program);
            throw new AssertionError(program + " did not fail, but said: " + printed);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            return e.getMessage();
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
