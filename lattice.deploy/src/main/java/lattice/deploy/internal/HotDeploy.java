package lattice.deploy.internal;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import lattice.kernel.node.Node;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the bundles of {@code deploy/} in the node's home deployed: looks when the directory changes, and now and then. */
@Component(service = HotDeploy.class, immediate = true)
public final class HotDeploy {
    private static final Logger LOG = LoggerFactory.getLogger(HotDeploy.class);
    private static final String DIRECTORY = "deploy";
    private static final long FIRST_MILLIS = 2_000;
    private static final long BUSY_MILLIS = 50;
    private static final long STOP_MILLIS = 5_000;

    private final Path directory;
    private final Distribution distribution;
    private final Deployer deployer;
    private final WatchService watch;
    private final Thread thread;
    private volatile boolean closed;

    /** Deploys what is there, so that the registry, which starts later, finds the services in it. */
    @Activate
    public HotDeploy(BundleContext context, @Reference Node node) throws IOException, InterruptedException {
        this.directory = node.home().resolve(DIRECTORY);
        this.distribution = new Distribution(context);
        this.deployer = new Deployer(context, distribution, directory, context.getDataFile("incoming").toPath(), Limits.USUAL);
        try {
            Files.createDirectories(directory);
            this.watch = FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            LOG.error("Nothing can be deployed: the directory {} can't be watched.", directory, e);
            throw e;
        }
        deployer.begin(FIRST_MILLIS);
        this.thread = new Thread(this::run, "lattice-deploy");
        thread.setDaemon(true);
        thread.start();
    }

    @Deactivate
    void close() throws IOException, InterruptedException {
        closed = true;
        watch.close();
        thread.interrupt();
        thread.join(STOP_MILLIS);
        deployer.close();
    }

    Path directory() {
        return directory;
    }

    List<Deployed> deployed() {
        return deployer.shown();
    }

    /** Why a bundle may not come into this node, if it may not. */
    Optional<String> objection(BundleJar jar) {
        return distribution.objection(jar);
    }

    /** Waits until something has become of this content of a file, or of its absence. */
    Optional<Deployed> await(String file, Optional<Fingerprint> content, long millis) throws InterruptedException {
        return deployer.await(file, content, millis);
    }

    private void run() {
        Optional<WatchKey> watched = Optional.empty();
        try {
            while (!closed) {
                boolean busy = deployer.pass();
                watched = watched.filter(WatchKey::isValid).or(this::watch);
                WatchKey key = watch.poll(busy ? BUSY_MILLIS : Limits.USUAL.rescan(), TimeUnit.MILLISECONDS);
                if (key != null) {
                    key.pollEvents();
                    key.reset();
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            LOG.debug("Hot deploy ends.", e);
        }
    }

    private Optional<WatchKey> watch() {
        try {
            return Optional.of(directory.register(watch, StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_DELETE));
        } catch (IOException e) {
            LOG.debug("{} can't be watched now; it is looked at all the same.", directory, e);
            return Optional.empty();
        }
    }
}
