package lattice.daemon.internal.isolation;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import lattice.daemon.internal.descriptor.Readiness;
import lattice.daemon.internal.descriptor.ResourceLimits;
import lattice.daemon.internal.process.Program;
import lattice.daemon.internal.process.Supervisor;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/** Offers the service of a bundle as a process of its own. */
public final class IsolatedProvider implements ServiceProvider {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Supervisor supervisor;
    private final ServiceHost host;
    private final ServiceReference<ServiceProvider> provider;

    public IsolatedProvider(Supervisor supervisor, ServiceHost host, ServiceReference<ServiceProvider> provider) {
        this.supervisor = supervisor;
        this.host = host;
        this.provider = provider;
    }

    @Override
    public ServiceInstance create(ServiceContext context) throws Exception {
        Bundle bundle = provider.getBundle();
        if (bundle == null) {
            throw new IllegalStateException("Its bundle is gone.");
        }
        Path directory = supervisor.directory(context);
        List<Path> jars = BundleJars.copy(bundle, directory.resolve("bundles"));
        return supervisor.start(new Program(host.java(), host.arguments(), Map.of("LATTICE_HOME", directory.toString(),
                "LATTICE_BUNDLE", jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator))),
                List.of(), Optional.empty(), Optional.empty(), ResourceLimits.NONE, new Readiness.Call(), Optional.empty(),
                GRACE), context);
    }
}
