package lattice.kernel.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The file system of this machine, which knows what a crash of it would leave: of each directory the names that it had when it
 * was synced last, each with the file that had the name then. What was written to those files counts, synced or not.
 */
public final class CrashingFiles extends ForwardingFiles {
    private final Path links;
    private final Runnable afterEach;
    private final Map<Path, Map<String, Path>> durable = new HashMap<>();
    private int linked;

    /**
     * @param links a directory on the same disk, for this alone
     * @param afterEach called after each operation that changes names
     */
    public CrashingFiles(Path links, Runnable afterEach) throws IOException {
        this.links = Files.createDirectories(links);
        this.afterEach = afterEach;
    }

    /** Writes what a crash now would leave of a directory, which itself is durable. */
    public synchronized void crash(Path directory, Path copy) throws IOException {
        Files.createDirectories(copy);
        for (Map.Entry<String, Path> entry : durable.getOrDefault(directory, Map.of()).entrySet()) {
            if (entry.getValue() == null) {
                crash(directory.resolve(entry.getKey()), copy.resolve(entry.getKey()));
            } else {
                Files.copy(entry.getValue(), copy.resolve(entry.getKey()));
            }
        }
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        super.syncDirectory(directory);
        Map<String, Path> names = new TreeMap<>();
        try (Stream<Path> all = Files.list(directory)) {
            for (Path file : all.toList()) {
                Path link = null;
                if (Files.isRegularFile(file)) {
                    link = links.resolve("link" + linked++);
                    Files.createLink(link, file);
                }
                names.put(file.getFileName().toString(), link);
            }
        }
        Map<String, Path> before = durable.put(directory, names);
        if (before != null) {
            for (Path link : before.values()) {
                if (link != null) {
                    Files.delete(link);
                }
            }
        }
        afterEach.run();
    }

    @Override
    public OpenFile write(Path file) throws IOException {
        return new Observed(super.write(file));
    }

    @Override
    public synchronized OpenFile create(Path file) throws IOException {
        OpenFile open = super.create(file);
        afterEach.run();
        return new Observed(open);
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        if (exists(file)) {
            super.delete(file);
            afterEach.run();
        }
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        super.rename(from, to);
        // A directory takes what is in it along.
        Map<Path, Map<String, Path>> moved = new HashMap<>();
        durable.forEach((directory, names) -> moved.put(
                directory.startsWith(from) ? to.resolve(from.relativize(directory).toString()) : directory, names));
        durable.clear();
        durable.putAll(moved);
        afterEach.run();
    }

    /** Writes wait while a crash is looked at. */
    private final class Observed extends ForwardingFile {
        Observed(OpenFile file) {
            super(file);
        }

        @Override
        public void write(ByteBuffer buffer, long position) throws IOException {
            synchronized (CrashingFiles.this) {
                super.write(buffer, position);
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (CrashingFiles.this) {
                super.truncate(size);
            }
        }
    }
}
