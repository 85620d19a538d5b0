package lattice.daemon.internal.isolation;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import lattice.daemon.internal.descriptor.Readiness;
import lattice.daemon.internal.descriptor.ResourceLimits;
import lattice.daemon.internal.descriptor.Sandbox;
import lattice.daemon.internal.process.Program;
import lattice.daemon.internal.process.Supervisor;
import lattice.registry.process.Confinement;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/** Offers the service of a bundle as a process of its own. */
public final class IsolatedProvider implements ServiceProvider {
    private static final String BUNDLES = "bundles";
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Supervisor supervisor;
    private final ServiceHost host;
    private final ServiceReference<ServiceProvider> provider;
    private final Confinement confinement;

    public IsolatedProvider(Supervisor supervisor, ServiceHost host, ServiceReference<ServiceProvider> provider,
            Confinement confinement) {
        this.supervisor = supervisor;
        this.host = host;
        this.provider = provider;
        this.confinement = confinement;
    }

    @Override
    public ServiceInstance create(ServiceContext context) throws Exception {
        Bundle bundle = provider.getBundle();
        if (bundle == null) {
            throw new IllegalStateException("Its bundle is gone.");
        }
        Path directory = supervisor.directory(context);
        List<Path> jars = BundleJars.copy(bundle, directory.resolve(BUNDLES));
        Optional<Sandbox> sandbox = sandbox();
        Path seen = sandbox.isPresent() ? Sandbox.DIRECTORY : directory;
        Map<String, String> environment = Map.of("LATTICE_HOME", seen.toString(), "LATTICE_BUNDLE", jars.stream()
                .map(jar -> seen.resolve(BUNDLES).resolve(jar.getFileName()).toString())
                .collect(Collectors.joining(File.pathSeparator)));
        ResourceLimits limits = new ResourceLimits(OptionalLong.of(confinement.memory().bytes()),
                OptionalLong.of(confinement.files()), OptionalLong.of(confinement.processes()));
        Program program = new Program(host.java(), host.arguments(confinement.memory().bytes()), environment, List.of(),
                Optional.empty(), Optional.empty(), limits, new Readiness.Call(), sandbox, GRACE);
        ServiceInstance instance = supervisor.start(program, context);
        return () -> {
            instance.close();
            // All that is in it comes with each start.
            supervisor.clean(context.serviceId(), context.store().id());
        };
    }

    private Optional<Sandbox> sandbox() throws IOException {
        return confinement.sandbox() == Confinement.Sandbox.NONE ? Optional.empty()
                : Optional.of(new Sandbox(confinement.sandbox() == Confinement.Sandbox.NETWORK, host.files(), List.of()));
    }
}
