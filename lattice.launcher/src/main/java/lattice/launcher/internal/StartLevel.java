package lattice.launcher.internal;

import java.util.Set;

/**
 * The order in which bundles start and, the other way round, stop. The registry starts after the bundles that bring
 * services, so that its first pass finds them, and stops before them, so that it can stop their instances in order; so does the
 * host of a single service; the kernel outlives all that writes to its stores.
 */
enum StartLevel {
    LIBRARIES,
    /** The log first, or nobody hears what goes wrong afterwards. */
    LOG("lattice.log"),
    KERNEL("org.apache.felix.scr", "org.apache.felix.configadmin", "lattice.kernel"),
    SERVICES,
    REGISTRY("lattice.registry", "lattice.host"),
    SHELL("lattice.shell");

    private final Set<String> bundles;

    StartLevel(String... bundles) {
        this.bundles = Set.of(bundles);
    }

    static StartLevel of(String bundle) {
        for (StartLevel level : values()) {
            if (level.bundles.contains(bundle)) {
                return level;
            }
        }
        return bundle.startsWith("lattice.") ? SERVICES : LIBRARIES;
    }

    /** As OSGi counts: from 1. */
    int number() {
        return ordinal() + 1;
    }

    static int highest() {
        return values().length;
    }
}
