package lattice.rpc;

import java.util.List;
import lattice.api.node.Endpoint;
import org.osgi.annotation.versioning.ConsumerType;

/** Hears from the process that a token was made for. */
@ConsumerType
public interface ReadyListener {
    /**
     * The process says that it is ready; called each time it does, on a thread that must not wait.
     *
     * @param endpoints where it can be reached, beside what it said before
     */
    void ready(List<Endpoint> endpoints);
}
