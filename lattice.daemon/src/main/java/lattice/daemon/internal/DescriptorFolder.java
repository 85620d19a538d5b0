package lattice.daemon.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceProvider;
import lattice.daemon.internal.descriptor.DaemonDescriptor;
import lattice.daemon.internal.descriptor.DescriptorFile;
import lattice.daemon.internal.descriptor.DescriptorFormat;
import lattice.daemon.internal.descriptor.WrongDescriptorException;
import lattice.daemon.internal.process.Supervisor;
import lattice.registry.process.ExternalProvider;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the services that the files of a folder describe: looks when it changes, and now and then. A file that can't be used
 * is a problem that is shown, and touches no other.
 */
final class DescriptorFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DescriptorFolder.class);
    private static final String SUFFIX = ".daemon.json";
    private static final int MOST = 1024;
    private static final long RESCAN_MILLIS = 5_000;
    private static final long SETTLE_MILLIS = 150;
    private static final int MAX_COMMAND = 400;

    private final BundleContext context;
    private final Supervisor supervisor;
    private final Path directory;
    private final WatchService watch;
    private final Thread thread;
    private final Map<String, Slot> slots = new TreeMap<>(); // used by one thread at a time: the constructor's, then its own
    private final Map<String, String> arriving = new TreeMap<>(); // the same
    private volatile SortedMap<String, Described> described = new TreeMap<>();
    private volatile boolean closed;

    /**
     * What became of a file.
     *
     * @param service what it offers, if it can be used
     * @param problem why it can't be, if so
     */
    record Described(Optional<ServiceId> service, Optional<String> problem) {
    }

    /** A file's content and what was made of it. */
    private record Slot(String content, Described described, Optional<ServiceRegistration<ServiceProvider>> registration) {
    }

    /** What is in a file: text that differs if the file does, and what it says or why it says nothing. */
    private record Content(String mark, Optional<DescriptorFile> file, Optional<DaemonDescriptor> descriptor,
            Optional<String> problem) {
    }

    /** Offers what is there, and follows what changes. */
    DescriptorFolder(BundleContext context, Supervisor supervisor, Path directory) throws IOException {
        this.context = context;
        this.supervisor = supervisor;
        this.directory = directory;
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rwx------")));
        }
        this.watch = FileSystems.getDefault().newWatchService();
        pass(false);
        this.thread = new Thread(this::run, "lattice-daemon-descriptors");
        thread.setDaemon(true);
        thread.start();
    }

    Path directory() {
        return directory;
    }

    SortedMap<String, Described> described() {
        return described;
    }

    private void run() {
        Optional<WatchKey> watched = Optional.empty();
        try {
            while (!closed) {
                watched = watched.filter(WatchKey::isValid).or(this::watch);
                boolean unsettled = pass(true);
                WatchKey key = watch.poll(unsettled ? SETTLE_MILLIS : RESCAN_MILLIS, TimeUnit.MILLISECONDS);
                if (key != null) {
                    key.pollEvents();
                    key.reset();
                    // What writes a file does so in more than one step.
                    Thread.sleep(SETTLE_MILLIS);
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            LOG.debug("The folder is not followed any more.", e);
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

    /**
     * Brings what is offered to what is there.
     *
     * @param patient whether to look twice at what is new, which may still be being written
     * @return whether something wants to be looked at again soon
     */
    private boolean pass(boolean patient) {
        Map<String, Path> files;
        try {
            files = files();
        } catch (IOException e) {
            LOG.warn("{} can't be read, so what it offers stays as it is: {}", directory, e.getMessage());
            return false;
        }
        slots.entrySet().removeIf(each -> {
            boolean gone = !files.containsKey(each.getKey());
            if (gone) {
                withdraw(each.getValue());
                LOG.info("{} is gone", each.getKey());
            }
            return gone;
        });
        arriving.keySet().retainAll(files.keySet());
        files.forEach((name, file) -> look(name, file, patient));
        SortedMap<String, Described> now = new TreeMap<>();
        slots.forEach((name, slot) -> now.put(name, slot.described()));
        described = now;
        return !arriving.isEmpty();
    }

    private Map<String, Path> files() throws IOException {
        Map<String, Path> files = new TreeMap<>();
        if (!Files.isDirectory(directory)) {
            return files;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".") && files.size() < MOST) {
                    files.put(name, entry);
                }
            }
        }
        return files;
    }

    private void look(String name, Path file, boolean patient) {
        Optional<Content> read = read(file);
        if (read.isEmpty()) {
            return; // gone since it was listed; the next look finds that
        }
        Content content = read.get();
        Slot before = slots.get(name);
        if (before != null && before.content().equals(content.mark())) {
            arriving.remove(name);
            return;
        }
        if (patient && !content.mark().equals(arriving.put(name, content.mark()))) {
            return;
        }
        arriving.remove(name);
        if (before != null) {
            withdraw(before);
        }
        slots.put(name, offer(name, content));
    }

    private Optional<Content> read(Path file) {
        try {
            DescriptorFile.checkSafe(directory.toRealPath());
            DescriptorFile content = DescriptorFile.read(file);
            try {
                return Optional.of(new Content(content.hash(), Optional.of(content),
                        Optional.of(DescriptorFormat.read(content.bytes())), Optional.empty()));
            } catch (WrongDescriptorException e) {
                return Optional.of(wrong(content.hash() + e.getMessage(), e.getMessage()));
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (WrongDescriptorException e) {
            return Optional.of(wrong(e.getMessage(), e.getMessage()));
        } catch (IOException e) {
            String problem = "It can't be read: " + e.getMessage() + ".";
            return Optional.of(wrong(problem, problem));
        }
    }

    private static Content wrong(String mark, String problem) {
        return new Content(mark, Optional.empty(), Optional.empty(), Optional.of(problem));
    }

    private Slot offer(String name, Content content) {
        if (content.descriptor().isEmpty()) {
            String problem = content.problem().orElseThrow();
            LOG.warn("{} is no descriptor that can be used. {}", name, problem);
            return new Slot(content.mark(), new Described(Optional.empty(), Optional.of(problem)), Optional.empty());
        }
        DaemonDescriptor descriptor = content.descriptor().get();
        Hashtable<String, Object> properties = new Hashtable<>(Map.of(ServiceProvider.ID, descriptor.id().name(),
                ExternalProvider.DESCRIPTOR, descriptor.registryJson(),
                ExternalProvider.ORIGIN, origin(name, content.file().orElseThrow(), descriptor)));
        LOG.info("{} offers {}", name, descriptor.id());
        return new Slot(content.mark(), new Described(Optional.of(descriptor.id()), Optional.empty()),
                Optional.of(context.registerService(ServiceProvider.class,
                        new DescriptorProvider(supervisor, descriptor), properties)));
    }

    /** What a consent is about: this file, these bytes; and in words what they have run. */
    private static String origin(String name, DescriptorFile file, DaemonDescriptor descriptor) {
        ArrayNode command = JsonNodeFactory.instance.arrayNode().add(descriptor.command());
        List.copyOf(descriptor.arguments()).forEach(command::add);
        String line = command.toString();
        return "daemons/" + name + " (SHA-256 " + file.hash() + ") running "
                + (line.length() > MAX_COMMAND ? line.substring(0, MAX_COMMAND) + "..." : line)
                + descriptor.user().map(user -> " as " + user).orElse("")
                + descriptor.sandbox().map(sandbox -> " in a sandbox " + (sandbox.network() ? "with" : "without")
                        + " network").orElse("");
    }

    /** Waits, a bounded time, until its instances are closed. */
    private static void withdraw(Slot slot) {
        slot.registration().ifPresent(ServiceRegistration::unregister);
    }

    @Override
    public void close() {
        closed = true;
        try {
            watch.close();
            thread.join(RESCAN_MILLIS);
        } catch (IOException e) {
            LOG.debug("The watch could not be closed.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        slots.values().forEach(DescriptorFolder::withdraw);
    }
}
