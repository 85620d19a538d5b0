package lattice.registry.process;

import java.util.Map;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import org.osgi.annotation.versioning.ConsumerType;

/** Tells about the processes of services. */
@ConsumerType
public interface ProcessReports {
    /** What there is to say about a service's process, by name, for people and as JSON; empty if it has had none. */
    Optional<Map<String, Object>> report(StoreId mesh, ServiceId service);
}
