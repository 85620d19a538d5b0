package lattice.daemon.internal.process;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.api.node.Endpoint;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.daemon.internal.descriptor.Readiness;
import lattice.registry.process.Completed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A daemon's process from its start to its end, with all that came of it. */
final class Run implements ServiceInstance {
    private static final Logger LOG = LoggerFactory.getLogger(Run.class);
    private static final Pattern ADDRESS =
            Pattern.compile("\\b([a-z][a-z0-9+.-]{0,31})://(?:\\[([0-9a-fA-F:.%]+)]|([A-Za-z0-9._-]+)):([0-9]{1,5})");
    private static final Duration FORCE = Duration.ofSeconds(5);
    private static final long POLL_MILLIS = 50;
    private static final int CONNECT_MILLIS = 500;
    private static final int MAX_PORT = 65535;
    private static final int OUTPUT_MILLIS = 1000;

    private final Program program;
    private final ServiceContext context;
    private final ProcessTree tree;
    private final RunFile file;
    private final Runnable released;
    private final Consumer<String> exited;
    private final Instant started = Instant.now();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final CompletableFuture<Process> spawned = new CompletableFuture<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicReference<String> excess = new AtomicReference<>();
    private volatile Optional<Output> output = Optional.empty();
    private volatile Gauge gauge = Gauge.NONE;
    private volatile boolean stopping;
    private boolean running; // guarded by this
    private volatile boolean wasReady;
    private volatile boolean completed;
    private volatile String ending = "";

    /**
     * @param released called once when its process is gone, before anybody is told of that
     * @param exited hears how it ended
     */
    Run(Program program, ServiceContext context, ProcessTree tree, RunFile file, Runnable released,
            Consumer<String> exited) {
        this.program = program;
        this.context = context;
        this.tree = tree;
        this.file = file;
        this.released = released;
        this.exited = exited;
    }

    /**
     * Starts it and waits until it is ready; that is given up when the thread is interrupted.
     *
     * @param builder with command line, directory and environment
     */
    void start(ProcessBuilder builder) throws Exception {
        if (program.readiness() instanceof Readiness.Port port && accepts(endpoint(port))) {
            throw new BindException("Port " + endpoint(port).port() + " of " + endpoint(port).host()
                    + " is taken: somebody listens there already.");
        }
        file.write(tree);
        Thread thread = new Thread(() -> live(builder), "lattice-daemon-" + context.serviceId());
        thread.setDaemon(true);
        thread.start();
        try {
            spawned.get();
            awaitReady();
            wasReady = true;
            synchronized (this) {
                if (over.getCount() == 0) {
                    throw new IOException(ending);
                }
                running = true;
            }
        } catch (ExecutionException e) {
            close();
            throw new IOException(ending, e.getCause());
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    /** On a thread of its own: spawns it, and sees it out. */
    private void live(ProcessBuilder builder) {
        try {
            if (stopping) {
                throw new IOException("it was stopped before it began");
            }
            Process process = builder.start();
            tree.leader(new ProcessId(process.pid(), ProcessTable.row(process.pid()).map(row -> row.id().start())
                    .orElse(0L)));
            if (stopping) {
                // Who stopped it may have looked for its processes before there was one, or has given up waiting.
                tree.kill(FORCE);
                process.destroyForcibly();
            }
            process.getOutputStream().close();
            Output lines = new Output(process.getInputStream(), context.serviceId().name(), this::heard);
            output = Optional.of(lines);
            Thread reader = new Thread(lines, "lattice-daemon-" + context.serviceId() + "-output");
            reader.setDaemon(true);
            reader.start();
            file.write(tree);
            spawned.complete(process);
            int status = process.waitFor();
            int left = tree.members().isEmpty() || stopping ? 0 : tree.kill(FORCE);
            if (!stopping) {
                tree.end();
            }
            reader.join(OUTPUT_MILLIS);
            ended(status, left);
        } catch (IOException | InterruptedException | RuntimeException e) {
            tree.kill(FORCE);
            ending = "It could not be started: " + e.getMessage();
            spawned.completeExceptionally(e);
        } finally {
            released.run();
            boolean unasked;
            synchronized (this) {
                over.countDown();
                unasked = running && !stopping;
            }
            if (unasked) {
                context.failed(completed ? new Completed(ending) : new Ended(ending));
            }
        }
    }

    /** A process ended that should go on. Where this node noticed that is of no interest to anybody, so it has no trace. */
    private static final class Ended extends Exception {
        private static final long serialVersionUID = 1L;

        Ended(String how) {
            super(how, null, false, false);
        }
    }

    private void ended(int status, int left) {
        String how = status > 128 ? "was ended by signal " + (status - 128) : "ended with status " + status;
        String said = output.flatMap(Output::last).map(line -> " It said last: " + line).orElse("");
        ending = Optional.ofNullable(excess.get()).orElse("It " + how + (wasReady ? "" : " before it was ready")
                + (left == 0 ? "." : ", and left " + left + " processes, which were ended: a daemon stays in the foreground.")
                + said);
        completed = status == 0 && left == 0 && excess.get() == null;
        exited.accept(stopping ? "It was stopped, and " + how + "." : ending);
    }

    private void awaitReady() throws Exception {
        while (true) {
            if (over.getCount() == 0) {
                throw new IOException(ending);
            }
            if (program.readiness() instanceof Readiness.Port port) {
                Endpoint endpoint = endpoint(port);
                if (accepts(endpoint)) {
                    context.listening(endpoint);
                    return;
                }
                over.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
            } else if (ready.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    /** The process says over the socket that it is ready. */
    void ready(List<Endpoint> endpoints) {
        endpoints.forEach(this::listening);
        if (program.readiness() instanceof Readiness.Call) {
            ready.countDown();
        }
    }

    private void heard(String line) {
        if (program.readiness() instanceof Readiness.Line wanted && ready.getCount() > 0
                && line.startsWith(wanted.start())) {
            Matcher address = ADDRESS.matcher(line.substring(wanted.start().length()));
            while (address.find()) {
                int port = Integer.parseInt(address.group(4));
                if (port >= 1 && port <= MAX_PORT) {
                    listening(new Endpoint(address.group(1), address.group(2) != null ? address.group(2)
                            : address.group(3), port));
                }
            }
            ready.countDown();
        }
    }

    private void listening(Endpoint endpoint) {
        try {
            context.listening(endpoint);
        } catch (IllegalStateException e) {
            LOG.warn("{} listens at {}, which is not shown: {}", context.serviceId(), endpoint, e.getMessage());
        }
    }

    private Endpoint endpoint(Readiness.Port port) {
        return ConfigFields.endpoint(port, context.config());
    }

    private static boolean accepts(Endpoint endpoint) {
        try (Socket socket = new Socket()) {
            InetAddress address = InetAddress.getByName(endpoint.host());
            socket.connect(new InetSocketAddress(address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address,
                    endpoint.port()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Looks at what it uses, and ends it if that is too much. */
    void look(ProcessTable table) {
        List<ProcessTable.Row> members = new ArrayList<>(tree.members(table));
        long own = 0;
        long mapped = 0;
        long cpu = 0;
        for (ProcessTable.Row row : members) {
            ProcessTable.Memory memory = ProcessTable.memory(row.id().pid()).orElse(new ProcessTable.Memory(0, 0));
            own += memory.own();
            mapped = Math.max(mapped, memory.mapped());
            cpu += row.cpuMillis();
        }
        gauge = new Gauge(members.size(), own + mapped, Duration.ofMillis(cpu));
        if (program.limits().memory().isPresent() && own > program.limits().memory().getAsLong()) {
            exceeded("It had " + Sizes.inWords(own) + " in memory, and its limit is "
                    + Sizes.inWords(program.limits().memory().getAsLong()) + ", so it was ended.");
        } else if (program.limits().processes().isPresent() && members.size() > program.limits().processes().getAsLong()
                + (program.sandbox().isPresent() ? 2 : 0)) {
            exceeded("It had " + members.size() + " processes, and its limit is "
                    + program.limits().processes().getAsLong() + ", so it was ended.");
        }
    }

    private void exceeded(String what) {
        if (over.getCount() > 0 && excess.compareAndSet(null, what)) {
            LOG.warn("{}: {}", context.serviceId(), what);
            tree.kill(FORCE);
        }
    }

    Gauge gauge() {
        if (gauge.equals(Gauge.NONE) && over.getCount() > 0) {
            try {
                look(ProcessTable.read());
            } catch (IOException e) {
                LOG.debug("What it uses is not known yet.", e);
            }
        }
        return gauge;
    }

    Instant started() {
        return started;
    }

    Optional<Long> pid() {
        return over.getCount() == 0 ? Optional.empty() : tree.leader().map(ProcessId::pid);
    }

    @Override
    public void close() {
        stopping = true;
        boolean interrupted = false;
        try {
            // bwrap would take a TERM as its own end and not as one of what it runs.
            tree.terminate(program.sandbox().isPresent() ? tree.leader() : Optional.empty());
            tree.awaitEnd(program.grace());
        } catch (InterruptedException e) {
            interrupted = true;
        }
        tree.kill(FORCE);
        try {
            // Only what no signal ends is still there, or what is starting only now: that one looks for all that came of it.
            over.await(FORCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        tree.end();
        if (over.getCount() == 0) {
            file.delete();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
