package lattice.log.internal;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
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
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** The log as it is on disk: the current file, and those of before, packed. */
final class LogFiles {
    private static final long POLL_MILLIS = 100;
    private static final int BUFFER = 64 * 1024;

    private final Path directory;
    private final Path current;
    private final Pattern packed;

    /** @param name of the log, without the ending of its files */
    LogFiles(Path directory, String name) {
        this.directory = directory;
        this.current = directory.resolve(name + ".log");
        this.packed = Pattern.compile(Pattern.quote(name) + "\\.(\\d{4}-\\d{2}-\\d{2})\\.(\\d+)\\.log\\.gz");
    }


    /**
     * The last events of a kind.
     *
     * @param events oldest first, at most as many as asked for
     * @param end where in the current file they end
     */
    record Tail(List<LogEvent> events, long end) {
        static final Tail NOTHING = new Tail(List.of(), 0);
    }

    Tail last(int count, Predicate<LogEvent> wanted) throws IOException {
        Deque<LogEvent> found = new ArrayDeque<>();
        long end = Files.exists(current) ? Files.size(current) : 0;
        if (end > 0) {
            try (InputStream content = Files.newInputStream(current)) {
                prepend(found, lastOf(content, count, wanted));
            }
        }
        for (Path packed : packedNewestFirst()) {
            if (found.size() >= count) {
                break;
            }
            try (InputStream content = new GZIPInputStream(Files.newInputStream(packed))) {
                prepend(found, lastOf(content, count - found.size(), wanted));
            } catch (NoSuchFileException e) {
                // It was old enough to be dropped between being listed and being opened: what is older is gone, too.
                break;
            }
        }
        return new Tail(List.copyOf(found), end);
    }

    /** Hands on every event of a kind that comes after a position in the current file, until the thread is interrupted. */
    void follow(long from, Predicate<LogEvent> wanted, Consumer<LogEvent> events) throws IOException {
        LogEvent.Assembler assembler = new LogEvent.Assembler(event -> {
            if (wanted.test(event)) {
                events.accept(event);
            }
        });
        long position = from;
        while (!Thread.currentThread().isInterrupted()) {
            try (FileChannel channel = FileChannel.open(current, StandardOpenOption.READ)) {
                Object key = key();
                InputStream content = Channels.newInputStream(channel.position(Math.min(position, channel.size())));
                ByteArrayOutputStream line = new ByteArrayOutputStream();
                do {
                    readLines(content, line, assembler);
                    // The log writes an event at once: what has come is whole.
                    assembler.end();
                    pause();
                } while (!Thread.currentThread().isInterrupted() && Objects.equals(key, key()));
                // Packed away meanwhile: what came last is still in the open file.
                if (!Thread.currentThread().isInterrupted()) {
                    readLines(content, line, assembler);
                    assembler.end();
                }
            } catch (NoSuchFileException e) {
                // Between packing the old file and writing the new one there is none.
                pause();
            }
            position = 0;
        }
    }

    private static List<LogEvent> lastOf(InputStream content, int count, Predicate<LogEvent> wanted) throws IOException {
        Deque<LogEvent> last = new ArrayDeque<>();
        LogEvent.Assembler assembler = new LogEvent.Assembler(event -> {
            if (wanted.test(event)) {
                last.addLast(event);
                if (last.size() > count) {
                    last.removeFirst();
                }
            }
        });
        BufferedReader lines = new BufferedReader(new InputStreamReader(content, StandardCharsets.UTF_8), BUFFER);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            assembler.add(line);
        }
        assembler.end();
        return new ArrayList<>(last);
    }

    private static void prepend(Deque<LogEvent> found, List<LogEvent> older) {
        for (int i = older.size() - 1; i >= 0; i--) {
            found.addFirst(older.get(i));
        }
    }

    private static void readLines(InputStream content, ByteArrayOutputStream line, LogEvent.Assembler assembler)
            throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int length = content.read(buffer); length > 0; length = content.read(buffer)) {
            for (int i = 0; i < length; i++) {
                if (buffer[i] == '\n') {
                    assembler.add(line.toString(StandardCharsets.UTF_8));
                    line.reset();
                } else {
                    line.write(buffer[i]);
                }
            }
        }
    }

    private Object key() throws IOException {
        return Files.readAttributes(current, BasicFileAttributes.class).fileKey();
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Path> packedNewestFirst() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        record Packed(Path path, String day, int index) {
        }
        List<Packed> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                Matcher matcher = packed.matcher(entry.getFileName().toString());
                if (matcher.matches()) {
                    files.add(new Packed(entry, matcher.group(1), Integer.parseInt(matcher.group(2))));
                }
            }
        }
        files.sort(Comparator.comparing(Packed::day).thenComparingInt(Packed::index).reversed());
        return files.stream().map(Packed::path).toList();
    }
}
