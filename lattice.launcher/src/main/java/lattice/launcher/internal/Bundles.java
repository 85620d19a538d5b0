package lattice.launcher.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.framework.wiring.BundleRevision;

/** The bundles that are started together in a framework. */
final class Bundles {
    private final BundleContext context;
    private final List<Bundle> installed = new ArrayList<>();
    private final Queue<FrameworkEvent> errors = new ConcurrentLinkedQueue<>();

    /** @param context of an initialized framework that has not started yet */
    Bundles(BundleContext context) {
        this.context = context;
        // Where hot deployed bundles go: behind the level at which hot deploy begins, or the thread that raises the level
        // would start them, and one that hangs would keep the node from starting.
        context.getBundle().adapt(FrameworkStartLevel.class).setInitialBundleStartLevel(StartLevel.KERNEL.number());
        context.addFrameworkListener(event -> {
            if (event.getType() == FrameworkEvent.ERROR) {
                errors.add(event);
            }
        });
    }

    /** Installs the bundles of a distribution, but for those that were installed from files already. */
    void install(Distribution distribution, Distribution.Role role) throws BundleException {
        Set<String> there = new HashSet<>();
        installed.forEach(bundle -> there.add(bundle.getSymbolicName()));
        for (Distribution.BundleFile file : distribution.bundles(role)) {
            if (there.contains(file.name())) {
                continue;
            }
            try (InputStream content = distribution.read(file)) {
                installed.add(context.installBundle(file.location(), content));
            } catch (IOException e) {
                throw new BundleException("bundle " + file.name() + " can't be read from the distribution", e);
            }
        }
    }

    /** Installs a bundle that is a file. */
    void install(Path file) throws BundleException {
        try (InputStream content = Files.newInputStream(file)) {
            installed.add(context.installBundle(file.toUri().toString(), content));
        } catch (IOException e) {
            throw new BundleException("bundle " + file + " can't be read", e);
        }
    }

    /** Lets them start with the framework, in their order. */
    void start() throws BundleException {
        for (Bundle bundle : installed) {
            if (!isFragment(bundle)) {
                bundle.adapt(BundleStartLevel.class).setStartLevel(StartLevel.of(bundle.getSymbolicName()).number());
                bundle.start(Bundle.START_ACTIVATION_POLICY);
            }
        }
    }

    /** A bundle that did not start with the framework, and why. */
    record NotStarted(Bundle bundle, Optional<Throwable> cause) {
        /** The cause in words. */
        Optional<String> why() {
            return cause.map(Bundles::words);
        }
    }

    Optional<NotStarted> notStarted() {
        Predicate<Bundle> lame = bundle -> bundle.getState() == Bundle.INSTALLED
                || bundle.getState() == Bundle.RESOLVED && !isFragment(bundle);
        return installed.stream().filter(lame).findFirst().map(bundle -> new NotStarted(bundle, errors.stream()
                .filter(event -> event.getBundle() == bundle).findFirst().map(FrameworkEvent::getThrowable)));
    }

    private static boolean isFragment(Bundle bundle) {
        return (bundle.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
    }

    /** What the bundle itself said, without what the framework says around it. */
    private static String words(Throwable error) {
        Throwable said = error;
        while (said instanceof BundleException && said.getCause() != null) {
            said = said.getCause();
        }
        return said.getMessage() == null ? said.getClass().getName() : said.getMessage();
    }
}
