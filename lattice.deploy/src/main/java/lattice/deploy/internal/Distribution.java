package lattice.deploy.internal;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * The bundles that the node itself consists of, the framework among them: all that were not hot-deployed. What is
 * deployed may use them and never stop, replace or shadow one.
 */
final class Distribution {
    /** The location of a hot-deployed bundle is this and the name of its file. */
    static final String LOCATION = "deploy:";

    private final BundleContext context;
    private final FrameworkWiring wiring;

    Distribution(BundleContext context) {
        this.context = context;
        this.wiring = context.getBundle(Constants.SYSTEM_BUNDLE_ID).adapt(FrameworkWiring.class);
    }

    /** Why a bundle may not come into this node, if it may not. */
    Optional<String> objection(BundleJar jar) {
        for (Bundle bundle : bundles()) {
            if (jar.symbolicName().equals(bundle.getSymbolicName())) {
                return Optional.of("It has the name of a bundle of this node, " + bundle.getSymbolicName()
                        + ", which hot deploy does not replace; give it a name of its own.");
            }
            if (jar.fragmentHost().filter(host -> isNamed(bundle, host)).isPresent()) {
                return Optional.of("It is a fragment of " + bundle.getSymbolicName()
                        + ", a bundle of this node, which hot deploy does not change.");
            }
            for (BundleCapability exported : exports(bundle)) {
                String name = (String) exported.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE);
                if (jar.exports().contains(name)) {
                    return Optional.of("It exports the package " + name + ", which belongs to " + bundle.getSymbolicName()
                            + " of this node; build it to import that package, not to bring it.");
                }
            }
        }
        return Optional.empty();
    }

    /** The bundles of this node that would be stopped if these were refreshed. */
    List<Bundle> stoppedByRefreshOf(Collection<Bundle> deployed) {
        return wiring.getDependencyClosure(deployed).stream().filter(Distribution::isOwn).collect(Collectors.toList());
    }

    static boolean isOwn(Bundle bundle) {
        return !bundle.getLocation().startsWith(LOCATION);
    }

    private List<Bundle> bundles() {
        return Arrays.stream(context.getBundles()).filter(Distribution::isOwn).collect(Collectors.toList());
    }

    private static boolean isNamed(Bundle bundle, String name) {
        return name.equals(bundle.getSymbolicName())
                || bundle.getBundleId() == Constants.SYSTEM_BUNDLE_ID && name.equals(Constants.SYSTEM_BUNDLE_SYMBOLICNAME);
    }

    private static List<BundleCapability> exports(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return revision == null ? List.of() : revision.getDeclaredCapabilities(PackageNamespace.PACKAGE_NAMESPACE);
    }
}
