package lattice.deploy.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import lattice.deploy.internal.BundleJar.UnusableJarException;
import lattice.deploy.internal.Deployed.State;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the deployed bundles be those of a directory: compares the two and takes the steps that are missing, as often as
 * it is asked to. It touches no bundle that it has not installed, and no file that is no jar.
 *
 * <p>Felix File Install was looked at for this and can't be held to it: it has no place to ask before it refreshes, starts
 * bundles on the one thread that scans, and brings an installer of configurations with it.
 */
final class Deployer {
    private static final Logger LOG = LoggerFactory.getLogger(Deployer.class);
    private static final String SUFFIX = ".jar";

    private final BundleContext context;
    private final Path directory;
    private final Path scratch;
    private final Limits limits;
    private final Distribution distribution;
    private final FrameworkWiring wiring;
    private final Map<String, Slot> slots = new TreeMap<>();
    private final Object changed = new Object();
    private List<Deployed> shown = List.of();
    private Map<String, Fingerprint> dealtWith = Map.of();
    private long changes;

    /**
     * @param context for installing
     * @param distribution what has to stay as it is
     * @param directory what is deployed; made if it isn't there
     * @param scratch a directory of its own for copies
     */
    Deployer(BundleContext context, Distribution distribution, Path directory, Path scratch, Limits limits) {
        this.context = context;
        this.directory = directory;
        this.scratch = scratch;
        this.limits = limits;
        this.distribution = distribution;
        this.wiring = context.getBundle(Constants.SYSTEM_BUNDLE_ID).adapt(FrameworkWiring.class);
        for (Bundle bundle : context.getBundles()) {
            if (!Distribution.isOwn(bundle)) {
                String file = bundle.getLocation().substring(Distribution.LOCATION.length());
                slots.computeIfAbsent(file, Slot::new).bundle = Optional.of(bundle);
            }
        }
    }

    /** Whether a file may be one to deploy, by its name. */
    static boolean isCandidate(String file) {
        return file.endsWith(SUFFIX) && !file.startsWith(".");
    }

    /** What there is, by file. */
    List<Deployed> shown() {
        synchronized (changed) {
            return shown;
        }
    }

    /** Waits until something has become of this content of a file, or of its absence. */
    Optional<Deployed> await(String file, Optional<Fingerprint> content, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (changed) {
            while (true) {
                Optional<Deployed> now = shown.stream().filter(deployed -> deployed.file().equals(file)).findFirst();
                boolean settled = content.isPresent()
                        ? content.get().equals(dealtWith.get(file)) && now.isPresent() && now.get().state().isSettled()
                        : now.isEmpty() || now.get().state() == State.LEAVING;
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (settled || left <= 0) {
                    return now;
                }
                changed.wait(left);
            }
        }
    }

    /** One comparison with all that follows from it; whether something is on its way that wants a look soon. */
    boolean pass() throws InterruptedException {
        try {
            Set<String> files = files();
            for (Slot slot : List.copyOf(slots.values())) {
                collect(slot);
                if (!files.contains(slot.file)) {
                    remove(slot);
                }
            }
            // What was in the way of one may have gone with another.
            slots.values().stream()
                    .filter(slot -> slot.state() == State.REFUSED && slot.bundle.isEmpty() && slot.triedAt < changes)
                    .forEach(Slot::reconsider);
            for (String file : files) {
                look(slots.computeIfAbsent(file, Slot::new));
            }
            for (Slot slot : slots.values()) {
                if (slot.state() == State.STOPPED && slot.operation.isEmpty() && slot.triedAt < changes) {
                    start(slot);
                }
            }
        } catch (IOException e) {
            LOG.warn("The directory {} can't be read; what is deployed stays as it is.", directory, e);
        }
        publish();
        return slots.values().stream().anyMatch(slot -> !slot.state().isSettled() || !slot.isDealtWith());
    }

    /** The first comparison: waits a while for what it starts, so that what follows finds it there. */
    void begin(long millis) throws InterruptedException {
        pass();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (Slot slot : slots.values()) {
            if (slot.operation.isPresent()) {
                slot.operation.get().await(Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
                collect(slot);
            }
        }
        publish();
    }

    /** Interrupts what is still at work. */
    void close() {
        slots.values().forEach(slot -> slot.operation.ifPresent(Operation::interrupt));
    }

    private Set<String> files() throws IOException {
        Files.createDirectories(directory);
        Set<String> files = new LinkedHashSet<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path file : all) {
                String name = file.getFileName().toString();
                if (isCandidate(name) && Files.isRegularFile(file)) {
                    files.add(name);
                }
            }
        }
        return files;
    }

    /** Looks at a file, and makes something of it once it is complete. */
    private void look(Slot slot) throws InterruptedException {
        Path file = directory.resolve(slot.file);
        try {
            Fingerprint now = Fingerprint.of(file);
            long unchanged = slot.look(now, System.currentTimeMillis() - now.modified().toMillis());
            if (slot.isDealtWith() || unchanged < limits.quiet()) {
                return;
            }
            Files.createDirectories(scratch);
            Path copy = scratch.resolve(slot.file);
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            try {
                // What is checked has to be what is installed, whatever happens to the file meanwhile.
                if (Fingerprint.of(file).equals(now)) {
                    take(slot, copy, unchanged);
                }
            } finally {
                Files.deleteIfExists(copy);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} has just gone.", file);
        } catch (IOException e) {
            slot.deal();
            refuse(slot, State.BROKEN, "It can't be read: " + e.getMessage() + ".");
        }
    }

    private void take(Slot slot, Path copy, long unchanged) throws IOException, InterruptedException {
        BundleJar jar;
        try {
            jar = BundleJar.read(copy);
        } catch (UnusableJarException e) {
            if (unchanged >= limits.broken()) {
                slot.deal();
                refuse(slot, State.BROKEN, e.getMessage());
            }
            return;
        }
        slot.deal();
        Optional<String> objection = objection(slot, jar);
        if (objection.isPresent()) {
            refuse(slot, State.REFUSED, objection.get());
            return;
        }
        try (InputStream content = Files.newInputStream(copy)) {
            if (slot.bundle.isPresent()) {
                update(slot, content);
            } else {
                slot.bundle = Optional.of(context.installBundle(Distribution.LOCATION + slot.file, content));
                changes++;
                if (jar.fragmentHost().isPresent()) {
                    // A fragment joins a host that runs already only when that is refreshed.
                    replace(hosts(jar.fragmentHost().get()), () -> { });
                }
                start(slot);
            }
        } catch (BundleException e) {
            LOG.warn("{} could not be installed.", slot.file, e);
            refuse(slot, State.BROKEN, "It could not be installed: " + e.getMessage() + ".");
        }
    }

    private Optional<String> objection(Slot slot, BundleJar jar) {
        Optional<String> objection = distribution.objection(jar);
        if (objection.isPresent()) {
            return objection;
        }
        return slots.values().stream()
                .filter(other -> other != slot
                        && other.bundle.filter(there -> jar.symbolicName().equals(there.getSymbolicName())).isPresent())
                .findFirst()
                .map(other -> "It holds the bundle " + jar.symbolicName() + ", and so does " + other.file
                        + "; take one of them away.");
    }

    private void refuse(Slot slot, State state, String why) {
        boolean before = slot.bundle.isPresent();
        String problem = before ? why + " The one before is still in use." : why;
        if (!slot.shown().problem().equals(Optional.of(problem))) {
            LOG.warn("{} is not deployed. {}", slot.file, problem);
        }
        slot.triedAt = changes;
        slot.show(before ? slot.state() : state, problem);
    }

    private void update(Slot slot, InputStream content) throws BundleException, InterruptedException {
        Bundle bundle = slot.bundle.orElseThrow();
        List<Bundle> own = distribution.stoppedByRefreshOf(List.of(bundle));
        if (!own.isEmpty()) {
            refuse(slot, State.REFUSED, uses(own) + "; it takes effect when the node is restarted.");
            return;
        }
        BundleException[] failure = new BundleException[1];
        boolean done = replace(List.of(bundle), () -> {
            try {
                bundle.update(content);
            } catch (BundleException e) {
                failure[0] = e;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
        if (!done) {
            refuse(slot, State.REFUSED, "The bundle before it does not stop; restart the node.");
        }
    }

    private void remove(Slot slot) throws InterruptedException {
        if (slot.bundle.isEmpty()) {
            slots.remove(slot.file);
            return;
        }
        if (slot.state() == State.LEAVING && slot.operation.filter(running -> !running.isDone()).isPresent()) {
            return;
        }
        Bundle bundle = slot.bundle.get();
        List<Bundle> own = distribution.stoppedByRefreshOf(List.of(bundle));
        boolean done;
        if (own.isEmpty()) {
            done = replace(List.of(bundle), () -> uninstall(slot, bundle));
        } else {
            LOG.warn("{} is gone, but {}; its classes stay in use until the node is restarted.", slot.file, uses(own));
            done = stop(List.of(slot)) && run(slot, "remove", bundle::uninstall);
        }
        if (done && bundle.getState() == Bundle.UNINSTALLED) {
            slots.remove(slot.file);
            changes++;
            LOG.info("{} is gone, and {} with it.", slot.file, bundle.getSymbolicName());
        } else if (slot.state() != State.LEAVING) {
            LOG.warn("{} is gone, but its bundle {} does not stop.", slot.file, bundle.getSymbolicName());
            slot.show(State.LEAVING, "The file is gone, but its bundle does not stop; restart the node.");
        }
    }

    private void uninstall(Slot slot, Bundle bundle) throws InterruptedException {
        run(slot, "remove", bundle::uninstall);
    }

    /** A step while bundles and all that depend on them are stopped. */
    @FunctionalInterface
    private interface Replacement {
        void run() throws InterruptedException;
    }

    /** Stops bundles and those that depend on them, does something, refreshes, and starts again those that remain. */
    private boolean replace(Collection<Bundle> bundles, Replacement step) throws InterruptedException {
        Collection<Bundle> closure = wiring.getDependencyClosure(bundles);
        List<Slot> affected = slots.values().stream()
                .filter(slot -> slot.bundle.filter(closure::contains).isPresent())
                .collect(Collectors.toList());
        if (!stop(affected)) {
            affected.forEach(this::start);
            return false;
        }
        step.run();
        changes++;
        CountDownLatch refreshed = new CountDownLatch(1);
        wiring.refreshBundles(closure, event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
            }
        });
        if (!refreshed.await(limits.refresh(), TimeUnit.MILLISECONDS)) {
            LOG.warn("A refresh of {} did not end within {} ms.", names(closure), limits.refresh());
        }
        affected.stream().filter(slot -> slot.bundle.orElseThrow().getState() != Bundle.UNINSTALLED).forEach(this::start);
        return true;
    }

    private boolean stop(List<Slot> affected) throws InterruptedException {
        boolean stopped = true;
        for (Slot slot : affected) {
            slot.operation.ifPresent(Operation::interrupt);
            if (slot.operation.isPresent() && !slot.operation.get().await(limits.start())) {
                stopped = false;
                continue;
            }
            slot.operation = Optional.empty();
            stopped &= run(slot, "stop", slot.bundle.orElseThrow()::stop);
        }
        return stopped;
    }

    /** Runs a step of a bundle and waits for it, within bounds. */
    private boolean run(Slot slot, String what, Operation.Step step) throws InterruptedException {
        Operation running = new Operation("lattice-deploy-" + what + "-" + slot.file, step);
        if (!running.await(limits.start())) {
            slot.operation = Optional.of(running);
            return false;
        }
        running.failure().ifPresent(failure -> LOG.warn("{} failed to {}.", slot.file, what, failure));
        return true;
    }

    /** Begins to start a bundle; what comes of it is collected later, so that one that hangs holds up nobody. */
    private void start(Slot slot) {
        slot.triedAt = changes;
        Bundle bundle = slot.bundle.orElseThrow();
        if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null) {
            slot.show(State.RUNNING, null);
            return;
        }
        if (slot.operation.isPresent()) {
            return;
        }
        slot.show(State.STARTING, null);
        if (wouldBeStartedByFramework(bundle)) {
            return;
        }
        slot.operation = Optional.of(new Operation("lattice-deploy-start-" + slot.file,
                () -> bundle.start(Bundle.START_ACTIVATION_POLICY)));
    }

    /**
     * While the framework goes through its start levels, a bundle of a level that is not behind it is started by the
     * thread that does so; one that hangs there would keep the node from starting. Such a bundle has to wait.
     */
    private boolean wouldBeStartedByFramework(Bundle bundle) {
        Bundle framework = context.getBundle(Constants.SYSTEM_BUNDLE_ID);
        return framework.getState() == Bundle.STARTING && bundle.adapt(BundleStartLevel.class).getStartLevel()
                >= framework.adapt(FrameworkStartLevel.class).getStartLevel();
    }

    private void collect(Slot slot) {
        if (slot.state() != State.STARTING) {
            return;
        }
        if (slot.operation.isEmpty()) {
            start(slot);
            return;
        }
        Operation starting = slot.operation.get();
        if (!starting.isDone()) {
            if (starting.isOlderThan(limits.start()) && slot.shown().problem().isEmpty()) {
                slot.show(State.STARTING, "Its activator has been at work for more than " + limits.start()
                        + " ms; take the file away, or wait.");
                LOG.warn("{} hangs in its activator; others go on.", slot.file);
            }
            return;
        }
        slot.operation = Optional.empty();
        Bundle bundle = slot.bundle.orElseThrow();
        Optional<Throwable> failure = starting.failure();
        if (failure.isEmpty()) {
            slot.show(State.RUNNING, null);
            LOG.info("{} is deployed: {} {}.", slot.file, bundle.getSymbolicName(), bundle.getVersion());
        } else {
            slot.show(State.STOPPED, StartFailure.explain(bundle, failure.get(), wiring));
            LOG.warn("{} could not be started.", slot.file, failure.get());
        }
    }

    private List<Bundle> hosts(String name) {
        List<Bundle> hosts = new ArrayList<>();
        for (Slot slot : slots.values()) {
            slot.bundle.filter(bundle -> name.equals(bundle.getSymbolicName())).ifPresent(hosts::add);
        }
        return hosts;
    }

    private static String uses(Collection<Bundle> own) {
        return "A bundle of this node uses the one that is there now, " + names(own) + ", and would be stopped";
    }

    private static String names(Collection<Bundle> bundles) {
        return bundles.stream().map(Bundle::getSymbolicName).sorted().collect(Collectors.joining(", "));
    }

    private void publish() {
        synchronized (changed) {
            shown = slots.values().stream().map(Slot::shown).collect(Collectors.toUnmodifiableList());
            dealtWith = slots.values().stream().filter(slot -> slot.dealtWith().isPresent())
                    .collect(Collectors.toUnmodifiableMap(slot -> slot.file, slot -> slot.dealtWith().orElseThrow()));
            changed.notifyAll();
        }
    }
}
