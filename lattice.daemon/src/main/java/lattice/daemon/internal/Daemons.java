package lattice.daemon.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.service.ServiceProvider;
import lattice.api.store.Acl;
import lattice.daemon.internal.isolation.IsolatedProvider;
import lattice.daemon.internal.isolation.ServiceHost;
import lattice.daemon.internal.process.Sizes;
import lattice.daemon.internal.process.Supervisor;
import lattice.daemon.internal.process.Supervisor.Report;
import lattice.daemon.internal.process.Supervisor.Subject;
import lattice.kernel.node.Node;
import lattice.registry.process.Confinement;
import lattice.registry.process.ProcessIsolation;
import lattice.registry.process.ProcessReports;
import lattice.rpc.ServiceTokens;
import lattice.rpc.StoreSocket;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Services that are processes: those that files in {@code daemons/} describe, and those of bundles that are isolated. */
@Component(service = {Daemons.class, ProcessIsolation.class, ProcessReports.class}, immediate = true)
public final class Daemons implements ProcessIsolation, ProcessReports {
    private static final Logger LOG = LoggerFactory.getLogger(Daemons.class);
    private static final String DIRECTORY = "daemons";
    private static final Path PROC = Path.of("/proc/self/stat");

    private final BundleContext context;
    private final ServiceTokens tokens;
    private final Supervisor supervisor;
    private final DescriptorFolder folder;

    @Activate
    public Daemons(BundleContext context, @Reference Node node, @Reference ServiceTokens tokens) throws IOException {
        this.context = context;
        this.tokens = tokens;
        try {
            if (!Files.isReadable(PROC)) {
                throw new IOException("they need Linux with /proc.");
            }
            this.supervisor = new Supervisor(node.home(), node.id().hex(), tokens, this::socket);
            this.folder = new DescriptorFolder(context, supervisor, node.home().resolve(DIRECTORY));
        } catch (IOException e) {
            LOG.error("No daemon can run here: {}", e.getMessage(), e);
            throw e;
        }
    }

    @Deactivate
    void close() {
        folder.close();
        supervisor.close();
    }

    private Optional<StoreSocket> socket() {
        return Optional.ofNullable(context.getServiceReference(StoreSocket.class)).map(context::getService);
    }

    Path directory() {
        return folder.directory();
    }

    SortedMap<String, DescriptorFolder.Described> described() {
        return folder.described();
    }

    Set<Subject> subjects() {
        return supervisor.subjects();
    }

    Optional<Report> process(Subject subject) {
        return supervisor.report(subject);
    }

    /** The services that do not run, and have a working directory of before. */
    SortedSet<ServiceId> left() throws IOException {
        return supervisor.left();
    }

    /** Deletes the working directories of a service that does not run; returns how many there were. */
    int clean(ServiceId service) throws IOException {
        return supervisor.clean(service);
    }

    @Override
    public Optional<String> obstacle() {
        return ServiceHost.of(context).isPresent() ? Optional.empty()
                : Optional.of("this node was not started from a lattice.jar.");
    }

    @Override
    public Optional<String> refusal(ServiceId service, Acl acl) {
        return tokens.forbidden(service, acl).map(prefix -> "it is of the node, and writes " + prefix
                + ", which no process outside it may.");
    }

    @Override
    public ServiceProvider isolated(ServiceReference<ServiceProvider> provider, Confinement confinement) {
        return new IsolatedProvider(supervisor, ServiceHost.of(context)
                .orElseThrow(() -> new IllegalStateException("This node was not started from a lattice.jar.")), provider, confinement);
    }

    @Override
    public Optional<Map<String, Object>> report(StoreId mesh, ServiceId service) {
        return process(new Subject(mesh, service)).map(report -> {
            Map<String, Object> fields = new LinkedHashMap<>();
            report.pid().ifPresent(pid -> {
                fields.put("processId", pid);
                fields.put("processes", report.gauge().processes());
                fields.put("memory", Sizes.inWords(report.gauge().memory()));
                fields.put("cpu", inWords(report.gauge().cpu()));
            });
            report.past().lastExit().ifPresent(how -> fields.put("lastProcess", how));
            return fields;
        });
    }

    static String inWords(Duration cpu) {
        return cpu.toMillis() / 1000 + "." + cpu.toMillis() % 1000 / 100 + " s";
    }
}
