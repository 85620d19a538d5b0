package lattice.launcher.internal;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** A log of a node as it is on disk: the current file, and beside it those of before, packed. The node need not run. */
final class LogFile {
    /** The node's own log. */
    static final String NODE = "lattice";

    private static final String SUFFIX = ".log";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final long POLL_MILLIS = 100;
    private static final int BUFFER = 64 * 1024;

    private final Path current;
    private final String name;

    private LogFile(Path current, String name) {
        this.current = current;
        this.name = name;
    }

    /** A log by its name: {@code lattice}, {@code console}, or that of a daemon. */
    static LogFile of(NodeHome home, String name) throws LauncherException {
        try {
            return find(home, name);
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, "The logs in " + home.logs() + " can't be read: " + e.getMessage(), e);
        }
    }

    private static LogFile find(NodeHome home, String name) throws IOException, LauncherException {
        Path daemons = home.logs().resolve("daemons");
        if (NAME.matcher(name).matches()) {
            for (Path directory : List.of(home.logs(), daemons)) {
                LogFile log = new LogFile(directory.resolve(name + SUFFIX), name);
                if (Files.exists(log.current) || !log.packedNewestFirst().isEmpty()) {
                    return log;
                }
            }
        }
        TreeSet<String> known = new TreeSet<>(names(home.logs()));
        known.addAll(names(daemons));
        throw new LauncherException(ExitCode.FAILED, known.isEmpty()
                ? "There is no log in " + home.logs() + ": no node has run there."
                : "There is no log '" + name + "' in " + home.logs() + ": there are " + String.join(", ", known) + ".");
    }

    /** Prints its last lines and, if asked, what comes after them, until this process is ended. */
    void print(int count, boolean follow, OutputStream out) throws LauncherException, InterruptedException {
        try {
            Deque<byte[]> last = new ArrayDeque<>();
            long end = 0;
            if (Files.exists(current)) {
                end = readLast(Files.newInputStream(current), count, last);
            }
            for (Path packed : packedNewestFirst()) {
                if (last.size() >= count) {
                    break;
                }
                Deque<byte[]> older = new ArrayDeque<>();
                readLast(new GZIPInputStream(Files.newInputStream(packed)), count - last.size(), older);
                older.descendingIterator().forEachRemaining(last::addFirst);
            }
            for (byte[] line : last) {
                out.write(line);
            }
            out.flush();
            if (follow) {
                follow(end, out);
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Reads it to its end, and keeps the last whole lines; returns how many bytes whole lines take. */
    private static long readLast(InputStream stream, int count, Deque<byte[]> last) throws IOException {
        long whole = 0;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (InputStream content = new BufferedInputStream(stream, BUFFER)) {
            for (int b = content.read(); b >= 0; b = content.read()) {
                line.write(b);
                if (b == '\n') {
                    whole += line.size();
                    last.addLast(line.toByteArray());
                    if (last.size() > count) {
                        last.removeFirst();
                    }
                    line.reset();
                }
            }
        }
        return whole;
    }

    /** Copies what comes after a position, through the log's turns to new files. */
    private void follow(long from, OutputStream out) throws IOException, InterruptedException {
        long position = from;
        while (true) {
            try (FileChannel channel = FileChannel.open(current, StandardOpenOption.READ)) {
                Object key = key();
                // The node's console is a file that is written to from its beginning again if somebody empties it.
                for (boolean same = true; same && channel.size() >= position; same = Objects.equals(key, key())) {
                    position = copy(channel, position, out);
                    Thread.sleep(POLL_MILLIS);
                }
                if (channel.size() >= position) {
                    // Packed away meanwhile: what came last is still in the open file.
                    copy(channel, position, out);
                }
            } catch (NoSuchFileException e) {
                // Between packing the old file and writing the new one there is none.
                Thread.sleep(POLL_MILLIS);
            }
            position = 0;
        }
    }

    private static long copy(FileChannel channel, long from, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        InputStream content = Channels.newInputStream(channel.position(from));
        long position = from;
        for (int length = content.read(buffer); length > 0; length = content.read(buffer)) {
            out.write(buffer, 0, length);
            position += length;
        }
        out.flush();
        return position;
    }

    private Object key() throws IOException {
        return Files.readAttributes(current, BasicFileAttributes.class).fileKey();
    }

    private LauncherException unreadable(IOException e) {
        return new LauncherException(ExitCode.FAILED, "The log " + current + " can't be read: " + e.getMessage(), e);
    }

    private List<Path> packedNewestFirst() throws IOException {
        record Packed(Path path, String day, int index) {
        }
        Pattern pattern = Pattern.compile(Pattern.quote(name) + "\\.(\\d{4}-\\d{2}-\\d{2})\\.(\\d{1,9})\\.log\\.gz");
        List<Packed> files = new ArrayList<>();
        for (Path file : files(current.getParent())) {
            Matcher matcher = pattern.matcher(file.getFileName().toString());
            if (matcher.matches()) {
                files.add(new Packed(file, matcher.group(1), Integer.parseInt(matcher.group(2))));
            }
        }
        files.sort(Comparator.comparing(Packed::day).thenComparingInt(Packed::index).reversed());
        return files.stream().map(Packed::path).toList();
    }

    private static List<String> names(Path directory) throws IOException {
        return files(directory).stream().map(file -> file.getFileName().toString())
                .filter(file -> file.endsWith(SUFFIX)).map(file -> file.substring(0, file.length() - SUFFIX.length())).toList();
    }

    private static List<Path> files(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
