package lattice.service.health.internal;

import java.lang.management.MemoryPoolMXBean;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import lattice.api.node.NodeStatus;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.store.Key;

/** Looks at its node in rounds, remembers the last one for probes, and publishes what changed. */
final class HealthInstance implements ServiceInstance {
    private static final Duration QUIET = Duration.ofMinutes(1);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

    private final ServiceContext context;
    private final CheckRunner runner;
    private final SummaryPublisher publisher;
    private final AtomicReference<Optional<Report>> last = new AtomicReference<>(Optional.empty());
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("lattice.health"));
    private final Optional<ProbeServer> probes;

    HealthInstance(ServiceContext context, HealthSettings settings, ContributedChecks contributed,
            List<MemoryPoolMXBean> memory, InstantSource clock) throws Exception {
        this.context = context;
        NodeStatus node = context.node();
        List<NamedCheck> own = List.of(
                new NamedCheck("disk", new DiskCheck(node.home(), settings.disk())),
                new NamedCheck("stores", new StoreCheck(node::stores, settings.lag())),
                new NamedCheck("clock", new ClockCheck(node::clock, settings.clockAhead())),
                new NamedCheck("heap", new HeapCheck(memory, Runtime.getRuntime().maxMemory(), settings.heap())),
                new NamedCheck("services", new ServicesCheck(node::services, clock, settings.startGrace())));
        publisher = new SummaryPublisher(context.store(), new Key("/nodes/" + node.id() + "/health"), QUIET);
        runner = new CheckRunner(() -> Stream.concat(own.stream(), contributed.now().stream()).toList(),
                settings.patience(), clock);
        // A round is late when two are overdue: then the thread that runs them is stuck, and so perhaps is the node.
        Duration overdue = settings.interval().multipliedBy(2).plus(settings.patience().multipliedBy(2));
        probes = settings.http().isPresent()
                ? Optional.of(ProbeServer.start(settings.http().get(), new Probes(last::get, clock, overdue),
                        ProbeServer.Limits.USUAL))
                : Optional.empty();
        probes.ifPresent(server -> context.listening(server.endpoint()));
        scheduler.scheduleWithFixedDelay(this::round, 0, settings.interval().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void round() {
        try {
            Report report = runner.run();
            last.set(Optional.of(report));
            publisher.offer(report);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // Thrown on, it would end the rounds and nobody would know.
            context.failed(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        probes.ifPresent(ProbeServer::close);
        scheduler.shutdownNow();
        runner.close();
        if (scheduler.awaitTermination(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            publisher.withdraw();
        }
    }
}
