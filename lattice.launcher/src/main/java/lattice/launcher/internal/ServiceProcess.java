package lattice.launcher.internal;

import java.io.File;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/**
 * One service of a node in this process: the bundles that it needs and a connection to the node in place of the kernel.
 * The node that starts it says all it needs to know in the environment: LATTICE_HOME is a directory of its own,
 * LATTICE_BUNDLE the jars of bundles besides those of the distribution; the rest is for {@code lattice.client} and
 * {@code lattice.host}.
 */
final class ServiceProcess {
    private static final String REASON = "lattice.exit.reason";
    private static final int STOP_SECONDS = 4;
    private static final int KILLED_BY_TERM = 143;

    private final Map<String, String> environment;
    private final Distribution distribution;
    private final CountDownLatch ended = new CountDownLatch(1);

    ServiceProcess(Map<String, String> environment, Distribution distribution) {
        this.environment = environment;
        this.distribution = distribution;
    }

    /** Runs until the service fails or a signal stops it; returns the exit code. */
    int run() throws LauncherException {
        Path home = home();
        Framework framework = new Felix(configuration(home));
        Thread onSignal = new Thread(() -> stopAndHalt(framework), "lattice-stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        try {
            run(framework);
        } catch (BundleException e) {
            throw failed(e.getMessage(), e);
        } finally {
            ended.countDown();
        }
        Optional<String> reason = Optional.ofNullable(System.getProperty(REASON));
        if (reason.isPresent()) {
            throw failed(reason.get(), null);
        }
        return ExitCode.OK.code();
    }

    private void run(Framework framework) throws BundleException, LauncherException {
        framework.init();
        try {
            Bundles bundles = new Bundles(framework.getBundleContext());
            for (String jar : environment.getOrDefault("LATTICE_BUNDLE", "").split(File.pathSeparator)) {
                if (!jar.isEmpty()) {
                    bundles.install(Path.of(jar));
                }
            }
            bundles.install(distribution, Distribution.Role.SERVICE);
            bundles.start();
            framework.start();
            Optional<Bundles.NotStarted> missing = bundles.notStarted();
            // One that was stopped on a signal was not kept from starting.
            if (missing.isPresent() && missing.get().cause().isPresent()) {
                throw failed(missing.get().why().get(), missing.get().cause().get());
            }
            framework.waitForStop(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stop(framework);
        }
    }

    private static void stop(Framework framework) throws BundleException {
        framework.stop();
        try {
            framework.waitForStop(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Path home() throws LauncherException {
        String home = environment.getOrDefault("LATTICE_HOME", "");
        if (home.isEmpty()) {
            throw new LauncherException(ExitCode.USAGE, "LATTICE_HOME is not set: `lattice service` is for nodes to start.");
        }
        return Path.of(home).toAbsolutePath();
    }

    private static Map<String, Object> configuration(Path home) {
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, home.resolve("framework").toString());
        configuration.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        configuration.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(StartLevel.highest()));
        configuration.put(FelixConstants.LOG_LOGGER_PROP, new FrameworkLog());
        configuration.put(FelixConstants.SERVICE_URLHANDLERS_PROP, "false");
        // Whoever started it keeps what it prints.
        configuration.put("lattice.log.console", "all");
        return configuration;
    }

    private static LauncherException failed(String why, Throwable cause) {
        return new LauncherException(ExitCode.FAILED, why, cause);
    }

    /** On a signal, or when the program ends by itself: then everything has ended already, and its exit code stays. */
    private void stopAndHalt(Framework framework) {
        if (ended.getCount() == 0) {
            return;
        }
        int code = KILLED_BY_TERM;
        Thread stop = new Thread(() -> {
            try {
                framework.stop();
                ended.await();
            } catch (BundleException e) {
                System.err.println(Main.PREFIX + "The service can't be stopped in order: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "lattice-stop-framework");
        stop.setDaemon(true);
        stop.start();
        try {
            if (ended.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                code = ExitCode.OK.code();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(code);
    }
}
