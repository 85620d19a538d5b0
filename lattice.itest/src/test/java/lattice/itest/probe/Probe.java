package lattice.itest.probe;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;

/** Counts what the node does with one provider bundle, and says how its service behaves. */
public final class Probe {
    private static final Map<String, Probe> PROBES = new ConcurrentHashMap<>();

    /** How many times the provider was constructed. */
    public final AtomicInteger constructed = new AtomicInteger();
    /** How many times its factory was called. */
    public final AtomicInteger created = new AtomicInteger();
    /** How many of its instances were closed. */
    public final AtomicInteger closed = new AtomicInteger();
    /** What its factory does. */
    public volatile Behaviour behaviour = context -> () -> { };

    /** Makes an instance. */
    public interface Behaviour {
        ServiceInstance create(ServiceContext context) throws Exception;
    }

    private Probe() {
    }

    /** The probe of the bundles with that symbolic name. */
    public static Probe of(String symbolicName) {
        return PROBES.computeIfAbsent(symbolicName, name -> new Probe());
    }

    /** All factories that were ever called, and providers constructed. */
    public static int touched() {
        return PROBES.values().stream().mapToInt(probe -> probe.constructed.get() + probe.created.get()).sum();
    }
}
