package lattice.launcher.internal;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.launch.Framework;

/** A node in this process, from its lock to its exit code. */
final class NodeProcess {
    /** The shell sets this before it stops the framework. */
    static final String EXIT_CODE = "lattice.exit.code";

    /** The kernel sets this if it can't start. */
    private static final String FAILURE = "lattice.start.failure";
    private static final String READY = "lattice.kernel.node.NodeReady";
    private static final Duration STARTING_IS_SLOW = Duration.ofSeconds(5);
    private static final Duration DEFAULT_START_LIMIT = Duration.ofMinutes(5);
    private static final Duration DEFAULT_STOP_LIMIT = Duration.ofSeconds(30);

    private final NodeSettings settings;
    private final Distribution distribution;
    private final PrintStream out;
    private final PrintStream err;
    private final Duration startLimit = seconds("lattice.start.timeout", DEFAULT_START_LIMIT);
    private final Duration stopLimit = seconds("lattice.stop.timeout", DEFAULT_STOP_LIMIT);
    private final long started = System.nanoTime();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    NodeProcess(NodeSettings settings, Distribution distribution, PrintStream out, PrintStream err) {
        this.settings = settings;
        this.distribution = distribution;
        this.out = out;
        this.err = err;
    }

    /** Runs until the node is stopped, by its shell or by a signal; returns the exit code. */
    int run() throws LauncherException {
        settings.home().create();
        try (HomeLock lock = HomeLock.acquire(settings.home())) {
            StartProgress progress = new StartProgress(settings.home());
            progress.clear();
            progress.follow(err::println, () -> ready.getCount() == 0 || ended.getCount() == 0);
            Framework framework = new Felix(configuration());
            Thread onSignal = new Thread(() -> stopAndAwait(framework), "lattice-stop");
            Runtime.getRuntime().addShutdownHook(onSignal);
            return run(framework);
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, "The node's lock could not be given back: " + e.getMessage(), e);
        } catch (BundleException e) {
            throw notStarted(e.getMessage(), e);
        } finally {
            if (settings.throwAway()) {
                settings.home().delete();
            }
            ended.countDown();
        }
    }

    private int run(Framework framework) throws BundleException, LauncherException {
        framework.init();
        BundleContext context = framework.getBundleContext();
        context.addBundleListener((SynchronousBundleListener) event -> {
            if (event.getType() == BundleEvent.STOPPING && event.getBundle().getBundleId() == 0) {
                boundTheStop(context);
            }
        });
        onReady(context);
        try {
            Bundles bundles = new Bundles(context);
            bundles.install(distribution, Distribution.Role.NODE);
            bundles.start();
            System.clearProperty(FAILURE);
            framework.start();
            refuseHalfANode(bundles);
            refuseANodeWithoutKernel();
            if (settings.shell() == ShellMode.NONE) {
                // A shell watches the start itself, and a person at it may want to look into a node that never gets ready.
                daemon("lattice-start-watch", () -> watchTheStart(framework));
            }
            await(framework);
            return Integer.getInteger(EXIT_CODE, ExitCode.OK.code());
        } finally {
            framework.stop();
            await(framework);
        }
    }

    private Map<String, Object> configuration() {
        NodeHome home = settings.home();
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, home.frameworkCache().toString());
        configuration.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        configuration.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(StartLevel.highest()));
        configuration.put(FelixConstants.LOG_LOGGER_PROP, new FrameworkLog());
        // Nothing here registers protocols as services, and taking over the JVM's URLs costs time at start.
        configuration.put(FelixConstants.SERVICE_URLHANDLERS_PROP, "false");
        configuration.put("felix.cm.pm", "lattice");
        configuration.put("lattice.home", home.root().toString());
        configuration.put("lattice.distribution", Distribution.file().toString());
        settings.restore().ifPresent(backup -> configuration.put("lattice.restore", backup.toString()));
        configuration.put("lattice.shell.mode", settings.shell().property());
        configuration.put("lattice.shell.command", settings.commands());
        configuration.put("lattice.shell.startup", String.join("\n", settings.startup()));
        return configuration;
    }

    /** All or nothing: a distribution of which a part can't start is no node that anybody has tested. */
    private void refuseHalfANode(Bundles bundles) throws LauncherException {
        Optional<Bundles.NotStarted> missing = bundles.notStarted();
        if (missing.isPresent()) {
            throw notStarted("bundle " + missing.get().bundle().getSymbolicName()
                    + missing.get().why().map(why -> ": " + why).orElse(""), missing.get().cause().orElse(null));
        }
    }

    private void refuseANodeWithoutKernel() throws LauncherException {
        String failure = System.getProperty(FAILURE);
        if (failure != null) {
            throw new LauncherException(settings.restore().isPresent() ? ExitCode.FAILED : ExitCode.CONFIGURATION,
                    "The node did not start. " + failure);
        }
    }

    private LauncherException notStarted(String why, Throwable cause) {
        return new LauncherException(ExitCode.FAILED,
                "The node did not start (" + why + "): see " + settings.home().log() + ".", cause);
    }

    private void onReady(BundleContext context) {
        try {
            context.addServiceListener(event -> {
                if (event.getType() == ServiceEvent.REGISTERED) {
                    ready.countDown();
                    if (settings.shell() == ShellMode.NONE) {
                        out.printf("Lattice is ready after %.1f s: home %s, pid %d.%n", (System.nanoTime() - started) / 1e9,
                                settings.home().root(), ProcessHandle.current().pid());
                    }
                }
            }, "(" + Constants.OBJECTCLASS + "=" + READY + ")");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private void watchTheStart(Framework framework) {
        try {
            if (ready.await(STARTING_IS_SLOW.toMillis(), TimeUnit.MILLISECONDS) || framework.getState() != Bundle.ACTIVE) {
                return;
            }
            err.println("Lattice is still starting; what it does is in " + settings.home().log() + ".");
            if (ready.await(startLimit.minus(STARTING_IS_SLOW).toMillis(), TimeUnit.MILLISECONDS)
                    || framework.getState() != Bundle.ACTIVE) {
                return;
            }
            err.println("Lattice was not ready within " + startLimit.toSeconds() + " s and stops; why is in "
                    + settings.home().log() + ".");
            System.setProperty(EXIT_CODE, Integer.toString(ExitCode.FAILED.code()));
            framework.stop();
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; if somebody did, it means that the watch is over.
            Thread.currentThread().interrupt();
        } catch (BundleException e) {
            err.println("Lattice can't be stopped: " + e.getMessage());
        }
    }

    /** On a signal: the JVM ends when this returns. */
    private void stopAndAwait(Framework framework) {
        try {
            framework.stop();
            // The watch over the stop ends the JVM itself if this takes too long.
            ended.await(stopLimit.plusSeconds(5).toMillis(), TimeUnit.MILLISECONDS);
        } catch (BundleException e) {
            err.println("Lattice can't be stopped in order: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void boundTheStop(BundleContext context) {
        daemon("lattice-stop-watch", () -> {
            try {
                if (!ended.await(stopLimit.toMillis(), TimeUnit.MILLISECONDS)) {
                    err.println("Lattice did not stop within " + stopLimit.toSeconds() + " s and is ended; stopping still: "
                            + stopping(context) + ".");
                    Runtime.getRuntime().halt(ExitCode.FAILED.code());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static String stopping(BundleContext context) {
        try {
            String names = Stream.of(context.getBundles())
                    .filter(bundle -> bundle.getBundleId() != 0 && bundle.getState() == Bundle.STOPPING)
                    .map(Bundle::getSymbolicName)
                    .collect(Collectors.joining(", "));
            return names.isEmpty() ? "the framework" : names;
        } catch (IllegalStateException e) {
            // The framework's context is gone: every bundle has stopped.
            return "the framework";
        }
    }

    private static void await(Framework framework) {
        boolean interrupted = false;
        while (true) {
            try {
                framework.waitForStop(0);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static Duration seconds(String property, Duration otherwise) {
        Integer seconds = Integer.getInteger(property);
        return seconds == null || seconds < 1 ? otherwise : Duration.ofSeconds(seconds);
    }
}
