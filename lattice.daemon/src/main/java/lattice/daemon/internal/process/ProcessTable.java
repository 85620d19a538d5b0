package lattice.daemon.internal.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The processes of this machine at a moment, from {@code /proc} (proc(5)). */
final class ProcessTable {
    private static final Path PROC = Path.of("/proc");
    // Fields of stat after the name, which is in parentheses and may hold anything.
    private static final int STATE = 0;
    private static final int PARENT = 1;
    private static final int SESSION = 3;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    private static final int START = 19;
    /** What the kernel counts time in for programs, whatever it counts in itself. */
    private static final long TICK_MILLIS = 10;

    /** Name, soft limit, hard limit. */
    private static final Pattern REAL_TIME_LIMIT = Pattern.compile("Max realtime timeout +(?:unlimited|[0-9]+) +([0-9]{1,18}|[1-8][0-9]{18})\\b");

    private final Map<Long, Row> rows;

    /**
     * A process.
     *
     * @param id who
     * @param parent the number of its parent
     * @param session the number of its session, that is of the process that began it
     * @param cpuMillis what it has used
     */
    record Row(ProcessId id, long parent, long session, long cpuMillis) {
    }

    private ProcessTable(Map<Long, Row> rows) {
        this.rows = rows;
    }

    /** Reads it; those that have ended and only wait to be reaped are not in it. */
    static ProcessTable read() throws IOException {
        Map<Long, Row> rows = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                row(Long.parseLong(process.getFileName().toString())).ifPresent(row -> rows.put(row.id().pid(), row));
            }
        }
        return new ProcessTable(rows);
    }

    Map<Long, Row> rows() {
        return rows;
    }

    /** One process, if it is there and lives. */
    static Optional<Row> row(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            if (fields[STATE].equals("Z") || fields[STATE].equals("X")) {
                return Optional.empty();
            }
            long ticks = Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
            return Optional.of(new Row(new ProcessId(pid, Long.parseLong(fields[START])), Long.parseLong(fields[PARENT]),
                    Long.parseLong(fields[SESSION]), ticks * TICK_MILLIS));
        } catch (IOException e) {
            return Optional.empty(); // it ended meanwhile
        }
    }

    /** Whether a process was started with a variable of that value; no if we may not know. */
    static boolean hasVariable(long pid, String variable) {
        try {
            String environment = Files.readString(PROC.resolve(pid + "/environ"), StandardCharsets.ISO_8859_1);
            return ('\0' + environment).contains('\0' + variable + '\0');
        } catch (IOException e) {
            return false; // it ended meanwhile, or is another user's
        }
    }

    /** The hard limit of a process's real-time processor time, in microseconds; empty if it has none, or has ended. */
    static OptionalLong realTimeLimit(long pid) {
        try {
            for (String line : Files.readAllLines(PROC.resolve(pid + "/limits"), StandardCharsets.ISO_8859_1)) {
                Matcher limit = REAL_TIME_LIMIT.matcher(line);
                if (limit.lookingAt()) {
                    return OptionalLong.of(Long.parseLong(limit.group(1)));
                }
            }
            return OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty(); // it ended meanwhile
        }
    }

    /**
     * What a process has in memory, in bytes.
     *
     * @param own what is its own
     * @param mapped what may be shared with others, such as programs and libraries
     */
    record Memory(long own, long mapped) {
    }

    static Optional<Memory> memory(long pid) {
        try {
            long own = 0;
            long mapped = 0;
            for (String line : Files.readAllLines(PROC.resolve(pid + "/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
                    own += kibibytes(line);
                } else if (line.startsWith("RssFile:")) {
                    mapped = kibibytes(line);
                }
            }
            return Optional.of(new Memory(own, mapped));
        } catch (IOException e) {
            return Optional.empty(); // it ended meanwhile
        }
    }

    private static long kibibytes(String line) {
        return Long.parseLong(line.substring(line.indexOf(':') + 1, line.lastIndexOf("kB")).strip()) * 1024;
    }

    /** Names this run of the machine. */
    static String boot() throws IOException {
        return Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
    }
}
