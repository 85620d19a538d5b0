package lattice.daemon.internal.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.daemon.internal.descriptor.Sandbox;
import lattice.registry.process.GrantedContext;
import lattice.rpc.IssuedToken;
import lattice.rpc.ServiceTokens;
import lattice.rpc.StoreSocket;
import lattice.rpc.TokenGrant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts processes as services, gives them what they need to know, and keeps an eye on them. */
public final class Supervisor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final long SOCKET_POLL_MILLIS = 50;
    private static final Duration SOCKET_PATIENCE = Duration.ofSeconds(20);
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{8}-([a-z0-9]+(?:[.-][a-z0-9]+)*)");
    private static final List<String> USER_NAMES = List.of("USER", "LOGNAME");
    /** What every daemon gets as the node has it. */
    private static final List<String> INHERITED = List.of("HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ");

    private final Path home;
    private final String node;
    private final ServiceTokens tokens;
    private final Supplier<Optional<StoreSocket>> socket;
    private final Path runs;
    private final WorkDirectories work;
    private final Map<Subject, Run> running = new ConcurrentHashMap<>();
    private final Map<Subject, Past> past = new ConcurrentHashMap<>();
    private final Thread looking;

    /**
     * Names an instance.
     *
     * @param mesh where it is declared
     * @param service which service
     */
    public record Subject(StoreId mesh, ServiceId service) {
    }

    /**
     * What is remembered of a service's processes.
     *
     * @param starts how many there were
     * @param lastExit how the last one that ended did
     */
    public record Past(int starts, Optional<String> lastExit) {
        static final Past NONE = new Past(0, Optional.empty());
    }

    /**
     * How a service's process is.
     *
     * @param pid its number, if it runs
     * @param started when it did
     * @param gauge what it uses
     * @param past what was before
     */
    public record Report(Optional<Long> pid, Optional<Instant> started, Gauge gauge, Past past) {
    }

    /**
     * Ends what is left of an earlier run of this node, and begins.
     *
     * @param home the node's
     * @param node its id
     * @param socket where the store protocol is served, once it is
     */
    public Supervisor(Path home, String node, ServiceTokens tokens, Supplier<Optional<StoreSocket>> socket) throws IOException {
        this.home = home.toAbsolutePath();
        this.node = node;
        this.tokens = tokens;
        this.socket = socket;
        this.runs = WorkDirectories.ownerOnly(this.home.resolve("run").resolve("daemons"));
        this.work = new WorkDirectories(this.home.resolve("work"), Room.state(node));
        RunFile.endOrphans(runs);
        this.looking = new Thread(this::look, "lattice-daemon-watch");
        looking.setDaemon(true);
        looking.start();
    }

    /** Where a service works that does not say where it wants to. */
    public Path directory(ServiceContext context) throws IOException {
        return work.of(name(context));
    }

    /** The services that do not run, and have a working directory of before. */
    public SortedSet<ServiceId> left() throws IOException {
        SortedSet<ServiceId> left = new TreeSet<>();
        for (String name : idle()) {
            service(name).ifPresent(left::add);
        }
        return left;
    }

    private List<String> idle() throws IOException {
        Set<String> used = running.keySet().stream().map(Supervisor::name).collect(Collectors.toSet());
        return work.names().stream().filter(name -> !used.contains(name)).toList();
    }

    private static Optional<ServiceId> service(String name) {
        return Optional.of(NAME.matcher(name)).filter(Matcher::matches).map(form -> new ServiceId(form.group(1)));
    }

    /**
     * Deletes the working directories of a service, of whatever mesh, but for those in use.
     *
     * @return how many there were
     */
    public int clean(ServiceId service) throws IOException {
        int deleted = 0;
        for (String name : idle()) {
            if (service(name).equals(Optional.of(service))) {
                work.delete(name);
                deleted++;
            }
        }
        return deleted;
    }

    /** The same of one mesh. */
    public void clean(ServiceId service, StoreId mesh) throws IOException {
        Subject subject = new Subject(mesh, service);
        if (!running.containsKey(subject)) {
            work.delete(name(subject));
        }
    }

    private static String name(ServiceContext context) {
        return name(new Subject(context.store().id(), context.serviceId()));
    }

    private static String name(Subject subject) {
        return subject.mesh().shortId() + "-" + subject.service();
    }

    /**
     * Starts a program as a service and waits until it is ready.
     *
     * @param context as the registry made it
     * @throws Exception whose message tells the node's owner why it does not run
     */
    public ServiceInstance start(Program program, ServiceContext context) throws Exception {
        if (!(context instanceof GrantedContext granted)) {
            throw new IllegalStateException("A process is started by the registry only.");
        }
        Subject subject = new Subject(context.store().id(), context.serviceId());
        String name = name(context);
        Room room = room(program, context, name);
        try {
            return start(program, granted, subject, name, room);
        } catch (Exception e) {
            room.close();
            throw e;
        }
    }

    private Room room(Program program, ServiceContext context, String name) throws IOException, InterruptedException {
        StoreSocket served = awaitSocket();
        if (program.directory().isPresent() && !Files.isDirectory(program.directory().get())) {
            throw new IllegalStateException("It is to work in " + program.directory().get() + ", which is no directory.");
        }
        byte[] config = ConfigFields.json(context.config());
        return Room.isOther(program.user())
                ? Room.ofUser(program.user().get(), served, program.directory(), node, name, config)
                : Room.inHome(served, program.directory().isPresent() ? program.directory().get() : directory(context), runs,
                        name, config);
    }

    private ServiceInstance start(Program program, GrantedContext context, Subject subject, String name, Room room)
            throws Exception {
        Places places = room.places();
        ProcessTree tree = new ProcessTree(Mark.random());
        List<String> command = new CommandLine(home, places, tree.mark(), Tools.here()).of(program);
        ReadyRelay relay = new ReadyRelay();
        IssuedToken token = tokens.issue(new TokenGrant(context.serviceId(), context.store().id().hex(), context.acl(),
                Optional.empty(), false), relay);
        Run run = new Run(program, context, tree, new RunFile(runs, name), () -> {
            tokens.revoke(token.info().id());
            room.close();
        }, how -> past.merge(subject, new Past(0, Optional.of(how)), (before, now) -> new Past(before.starts(),
                now.lastExit())));
        relay.to(run);
        past.merge(subject, new Past(1, Optional.empty()), (before, now) -> new Past(before.starts() + 1,
                before.lastExit()));
        running.put(subject, run);
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(places.directory().toFile())
                    .redirectErrorStream(true);
            environment(builder.environment(), program, context, places, token, tree);
            run.start(builder);
        } catch (Exception e) {
            tokens.revoke(token.info().id());
            running.remove(subject, run);
            throw e;
        }
        return new ServiceInstance() {
            @Override
            public void close() {
                run.close();
                running.remove(subject, run);
            }
        };
    }

    private StoreSocket awaitSocket() throws InterruptedException {
        long deadline = System.nanoTime() + SOCKET_PATIENCE.toNanos();
        while (System.nanoTime() - deadline < 0) {
            Optional<StoreSocket> served = socket.get();
            if (served.isPresent()) {
                return served.get();
            }
            Thread.sleep(SOCKET_POLL_MILLIS);
        }
        throw new IllegalStateException("This node does not serve the store protocol; lattice:log says why.");
    }

    private void environment(Map<String, String> environment, Program program, ServiceContext context, Places places,
            IssuedToken token, ProcessTree tree) {
        Map<String, String> own = System.getenv();
        environment.clear();
        environment.put("PATH", Tools.path());
        INHERITED.forEach(name -> Optional.ofNullable(own.get(name)).ifPresent(value -> environment.put(name, value)));
        program.inherit().forEach(name -> Optional.ofNullable(own.get(name))
                .ifPresent(value -> environment.put(name, value)));
        boolean sandboxed = program.sandbox().isPresent();
        if (sandboxed || Room.isOther(program.user())) {
            environment.put("HOME", (sandboxed ? Sandbox.DIRECTORY : places.directory()).toString());
        }
        program.user().ifPresent(user -> USER_NAMES.forEach(name -> environment.put(name, user)));
        environment.putAll(program.environment());
        environment.put("LATTICE_SOCKET", (sandboxed ? CommandLine.INSIDE_SOCKET : places.socket()).toString());
        environment.put("LATTICE_TOKEN", token.secret());
        environment.put("LATTICE_SERVICE_ID", context.serviceId().name());
        environment.put("LATTICE_STORE", context.store().name());
        environment.put("LATTICE_NODE_ID", node);
        environment.put("LATTICE_CONFIG", (sandboxed ? CommandLine.INSIDE_CONFIG : places.config()).toString());
        environment.put(Mark.variable(), tree.mark().text());
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK.toMillis());
                lookOnce();
            }
        } catch (InterruptedException e) {
            LOG.debug("Nobody looks at daemons any more.", e);
        }
    }

    private void lookOnce() {
        if (running.isEmpty()) {
            return;
        }
        try {
            ProcessTable table = ProcessTable.read();
            running.values().forEach(run -> run.look(table));
        } catch (IOException | RuntimeException e) {
            LOG.error("/proc can't be read, so limits of daemons are not kept now", e);
        }
    }

    /** How a service's process is; empty if it never had one. */
    public Optional<Report> report(Subject subject) {
        Optional<Run> run = Optional.ofNullable(running.get(subject));
        return Optional.ofNullable(past.get(subject)).map(before -> new Report(run.flatMap(Run::pid),
                run.map(Run::started), run.map(Run::gauge).orElse(Gauge.NONE), before));
    }

    /** Those that have had a process. */
    public Set<Subject> subjects() {
        return Set.copyOf(past.keySet());
    }

    /** Ends all processes. */
    @Override
    public void close() {
        looking.interrupt();
        new ArrayList<>(running.values()).forEach(Run::close);
    }
}
