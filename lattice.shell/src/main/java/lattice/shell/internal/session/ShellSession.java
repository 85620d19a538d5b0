package lattice.shell.internal.session;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Set;
import lattice.shell.internal.command.CommandDirectory;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.output.TextOutput;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Job;
import org.apache.felix.service.command.Result;

/** Someone's conversation with the node: runs one program after another and says of each whether it failed. */
public final class ShellSession implements AutoCloseable {
    /** What a program that failed returns; one that did not returns 0. */
    public static final int FAILED = 1;

    private final CommandProcessor processor;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final Screen screen;
    private volatile CommandSession gogo;
    private volatile boolean interrupted;
    private volatile boolean lastFailed;

    ShellSession(CommandProcessor processor, InputStream in, OutputStream out, OutputStream err, Screen screen) {
        this.processor = processor;
        this.in = in;
        this.out = new PrintStream(out, true);
        this.err = new PrintStream(err, true);
        this.screen = screen;
        this.gogo = connect();
    }

    /** Gogo's own side of it, as it is now. */
    public CommandSession gogo() {
        return gogo;
    }

    /**
     * Runs statements up to the first that fails, says in one line why it did, and prints what the last one is worth.
     *
     * @return 0, or {@link #FAILED}
     * @throws InterruptedException if the calling thread is interrupted; so is the program, then
     */
    public int run(CharSequence program) throws InterruptedException {
        lastFailed = false;
        interrupted = false;
        Failure.forget(gogo);
        try {
            Object result = gogo.execute(program);
            if (result != null) {
                TextOutput.print(out, screen, gogo.format(result, Converter.INSPECT).toString());
            }
            return Failure.forget(gogo) | lastFailed ? FAILED : 0;
        } catch (Exception | LinkageError | StackOverflowError e) {
            if (e instanceof InterruptedException && !interrupted) {
                interrupt();
                throw (InterruptedException) e;
            }
            // Whoever interrupted it knows.
            if (!interrupted) {
                Failure.report(e, err, screen);
            }
            return FAILED;
        } finally {
            if (interrupted) {
                reconnect();
            }
        }
    }

    /** Interrupts what runs now. */
    public void interrupt() {
        Job running = gogo.foregroundJob();
        if (running != null) {
            interrupted = true;
            running.interrupt();
        }
    }

    /** Interrupts what runs, in the background too, and ends. */
    @Override
    public void close() {
        interrupt();
        gogo.close();
    }

    private CommandSession connect() {
        CommandSession session = processor.createSession(in, new PrintStream(new Unclosable(out), true),
                new PrintStream(new Unclosable(err), true));
        // A name without a scope is ours first, for Gogo has a history and a watch of its own.
        session.put("SCOPE", CommandDirectory.SCOPE + ":gogo:*");
        // Values are full of * and ?, and none of them means files.
        session.put(CommandSession.OPTION_NO_GLOB, Boolean.TRUE);
        session.put(Screen.VARIABLE, screen);
        if (!screen.colours()) {
            session.put("GREP_OPTS", "--color=never");
            session.put("LS_OPTS", "--color=never");
        }
        session.setJobListener((job, before, now) -> finished(job, now));
        return session;
    }

    /** Gogo writes through interruptible channels: a thread that is interrupted while it writes closes them for good. */
    private void reconnect() {
        CommandSession before = gogo;
        CommandSession next = connect();
        next.currentDir(before.currentDir());
        if (before.get(null) instanceof Set<?> names) {
            names.forEach(name -> next.put(name.toString(), before.get(name.toString())));
        }
        gogo = next;
        before.close();
    }

    private void finished(Job job, Job.Status now) {
        if (now == Job.Status.Done && job.parent() == null) {
            Result result = job.result();
            lastFailed = result != null && !result.isSuccess();
        }
    }
}
