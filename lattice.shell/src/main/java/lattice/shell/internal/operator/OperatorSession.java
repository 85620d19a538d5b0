package lattice.shell.internal.operator;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import lattice.shell.internal.console.InteractiveShell;
import lattice.shell.internal.console.Shells;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.session.Readiness;
import lattice.shell.internal.session.Sessions;
import lattice.shell.internal.session.ShellSession;
import org.jline.terminal.Size;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client: reads its request, runs a command or a shell for it, and ends that if the client goes away or does not read. */
final class OperatorSession implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorSession.class);
    /** Room for the largest value with every byte of it escaped, and more. */
    private static final int MAX_REQUEST_BYTES = 8 * 1024 * 1024;
    private static final long REQUEST_SECONDS = 10;
    private static final long READY_SECONDS = 10;
    private static final long STUCK_SECONDS = 60;
    private static final long WATCH_SECONDS = 5;
    private static final long INTERRUPT_MILLIS = 100;

    private final SocketChannel channel;
    private final Sessions sessions;
    private final Shells shells;
    private final Readiness readiness;
    private final ScheduledExecutorService clock;
    private final Frames frames;

    OperatorSession(SocketChannel channel, Sessions sessions, Shells shells, Readiness readiness,
            ScheduledExecutorService clock) {
        this.channel = channel;
        this.sessions = sessions;
        this.shells = shells;
        this.readiness = readiness;
        this.clock = clock;
        this.frames = new Frames(channel);
    }

    @Override
    public void run() {
        ScheduledFuture<?> watchdog = clock.scheduleWithFixedDelay(this::closeIfStuck, WATCH_SECONDS, WATCH_SECONDS,
                TimeUnit.SECONDS);
        try (channel) {
            answer();
        } catch (InterruptedException e) {
            LOG.debug("A command of an operator was stopped.");
        } catch (IOException e) {
            LOG.debug("An operator went away.", e);
        } finally {
            watchdog.cancel(false);
        }
    }

    /** Answers with a line and exit code 1. */
    void refuse(String why) {
        try (channel) {
            frames.stream(Frames.STDERR).write((why + "\n").getBytes(StandardCharsets.UTF_8));
            frames.exit(ShellSession.FAILED);
        } catch (IOException e) {
            LOG.debug("An operator went away before it was told: {}", why, e);
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("An operator's connection could not be closed.", e);
        }
    }

    private void answer() throws IOException, InterruptedException {
        Request request;
        try {
            request = Request.parse(readLine());
        } catch (Request.MalformedRequestException e) {
            refuse(e.getMessage());
            return;
        }
        serve(request);
    }

    private void serve(Request request) throws IOException, InterruptedException {
        // Who comes early waits a little; one who comes to a node that does not get ready is to find out why.
        if (request.command().isPresent()) {
            command(request, request.command().get());
        } else {
            shell(request);
        }
    }

    private void command(Request request, String command) throws IOException, InterruptedException {
        Screen screen = new Screen(request.columns() > 0, request::columns, request.colour());
        CountDownLatch done = new CountDownLatch(1);
        try (ShellSession session = sessions.open(InputStream.nullInputStream(), frames.stream(Frames.STDOUT),
                frames.stream(Frames.STDERR), screen)) {
            request.directory().ifPresent(session.gogo()::currentDir);
            daemon("lattice-operator-hang-up", () -> {
                awaitHangUp();
                interruptUntil(done, session);
            });
            readiness.await(READY_SECONDS);
            frames.exit(session.run(command));
        } finally {
            done.countDown();
        }
    }

    private void shell(Request request) throws IOException, InterruptedException {
        readiness.await(READY_SECONDS);
        CountDownLatch done = new CountDownLatch(1);
        try (Outlet screen = new Outlet(frames.stream(Frames.STDOUT));
                RemoteTerminal terminal = new RemoteTerminal(request.terminal(),
                        new Size(request.columns(), request.rows()), screen);
                InteractiveShell shell = shells.attached(terminal, request.colour())) {
            request.directory().ifPresent(shell.session().gogo()::currentDir);
            daemon("lattice-operator-keys", () -> {
                new Keys(channel, terminal).read();
                shell.hangUp();
                interruptUntil(done, shell.session());
            });
            shell.run();
        } finally {
            done.countDown();
        }
        frames.exit(0);
    }

    /** Until it has ended: a program that begins in the moment of the hang-up would not be hit by one interrupt. */
    private static void interruptUntil(CountDownLatch done, ShellSession session) {
        try {
            do {
                session.interrupt();
            } while (!done.await(INTERRUPT_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Ends when the connection does, which {@link #run} sees to. */
    private void awaitHangUp() {
        ByteBuffer rest = ByteBuffer.allocate(1024);
        try {
            while (channel.read(rest) >= 0) {
                rest.clear();
            }
        } catch (IOException e) {
            LOG.trace("An operator's connection ended.", e);
        }
    }

    private String readLine() throws IOException, Request.MalformedRequestException {
        ScheduledFuture<?> patience = clock.schedule(this::close, REQUEST_SECONDS, TimeUnit.SECONDS);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        ByteBuffer part = ByteBuffer.allocate(8192);
        try {
            while (true) {
                part.clear();
                if (channel.read(part) < 0) {
                    throw new IOException("The client closed the connection before its request was complete.");
                }
                part.flip();
                while (part.hasRemaining()) {
                    byte b = part.get();
                    if (b == '\n') {
                        return line.toString(StandardCharsets.UTF_8);
                    }
                    line.write(b);
                }
                if (line.size() > MAX_REQUEST_BYTES) {
                    throw new Request.MalformedRequestException("A request has at most " + MAX_REQUEST_BYTES + " bytes.");
                }
            }
        } finally {
            patience.cancel(false);
        }
    }

    private void closeIfStuck() {
        if (frames.isStuck(STUCK_SECONDS)) {
            LOG.warn("An operator's client has not read for {} s; it is disconnected.", STUCK_SECONDS);
            close();
        }
    }
}
