package lattice.daemon.internal;

import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import lattice.daemon.internal.descriptor.DaemonDescriptor;
import lattice.daemon.internal.process.Program;
import lattice.daemon.internal.process.Supervisor;

/** Offers what a descriptor file describes. */
final class DescriptorProvider implements ServiceProvider {
    private final Supervisor supervisor;
    private final DaemonDescriptor descriptor;

    DescriptorProvider(Supervisor supervisor, DaemonDescriptor descriptor) {
        this.supervisor = supervisor;
        this.descriptor = descriptor;
    }

    @Override
    public ServiceInstance create(ServiceContext context) throws Exception {
        return supervisor.start(new Program(descriptor.command(), descriptor.arguments(), descriptor.environment(),
                descriptor.inherit(), descriptor.directory(), descriptor.user(), descriptor.limits(), descriptor.readiness(),
                descriptor.sandbox(), descriptor.grace()), context);
    }
}
