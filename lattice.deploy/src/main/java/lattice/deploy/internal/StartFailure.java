package lattice.deploy.internal;

import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.resource.Namespace;

/** Says in a sentence why a bundle did not start. */
final class StartFailure {
    private StartFailure() {
    }

    static String explain(Bundle bundle, Throwable failure, FrameworkWiring wiring) {
        if (failure instanceof BundleException refused && refused.getType() == BundleException.RESOLVE_ERROR) {
            return missing(bundle, wiring)
                    .map(what -> "It needs " + what + ", which nothing here offers; deploy what does, or build it without.")
                    .orElse("It can't be joined with the others: " + failure.getMessage() + ".");
        }
        Throwable cause = failure;
        while (cause instanceof BundleException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return "It failed to start: " + cause.getClass().getSimpleName()
                + (cause.getMessage() == null ? "" : ": " + cause.getMessage()) + "; lattice:log has the details.";
    }

    private static Optional<String> missing(Bundle bundle, FrameworkWiring wiring) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        if (revision == null) {
            return Optional.empty();
        }
        return revision.getDeclaredRequirements(null).stream()
                .filter(StartFailure::isMandatory)
                .filter(requirement -> wiring.findProviders(requirement).isEmpty())
                .map(StartFailure::name)
                .findFirst();
    }

    private static boolean isMandatory(BundleRequirement requirement) {
        String resolution = requirement.getDirectives().get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE);
        String effective = requirement.getDirectives().get(Namespace.REQUIREMENT_EFFECTIVE_DIRECTIVE);
        boolean dynamic = PackageNamespace.RESOLUTION_DYNAMIC.equals(resolution);
        return !Constants.RESOLUTION_OPTIONAL.equals(resolution) && !dynamic
                && (effective == null || effective.equals(Namespace.EFFECTIVE_RESOLVE));
    }

    private static String name(BundleRequirement requirement) {
        String filter = requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
        return requirement.getNamespace().equals(PackageNamespace.PACKAGE_NAMESPACE) ? "the package " + filter
                : "the capability " + requirement.getNamespace() + " " + filter;
    }
}
