package lattice.testkit.process;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A program in a terminal of its own, and the person at it. The terminal is made by {@code script} of util-linux. */
public final class PseudoTerminal implements AutoCloseable {
    /** Ctrl-C. */
    public static final String INTERRUPT = "\u0003";
    /** Ctrl-D. */
    public static final String END_OF_INPUT = "\u0004";

    private static final Pattern ESCAPES = Pattern.compile("\u001b(\\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>])");
    private static final long LOOK_MILLIS = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    /** Holds the files {@code tty}, with the name of the device, and in the end {@code exit}, with the exit code. */
    private final Path facts;
    private final StringBuffer shown = new StringBuffer();
    private volatile boolean ended;

    private PseudoTerminal(Process process, Path facts) {
        this.process = process;
        this.facts = facts;
    }

    static PseudoTerminal start(int columns, int rows, List<String> command, Map<String, String> environment)
            throws IOException {
        Path facts = Files.createTempDirectory("lattice-terminal");
        List<String> words = new ArrayList<>();
        for (String word : command) {
            words.add("'" + word.replace("'", "'\\''") + "'");
        }
        // A terminal without a size has no room for a prompt. It outlives the program, so that one can look how that left it.
        ProcessBuilder builder = new ProcessBuilder("script", "-qfec",
                "cd " + facts + " && tty >tty && stty cols " + columns + " rows " + rows + " && cd - >/dev/null; "
                        + String.join(" ", words) + "; echo $? >" + facts + "/exit; while [ -d " + facts + " ]; do sleep 0.1; done",
                "/dev/null");
        builder.environment().put("TERM", "xterm");
        builder.environment().putAll(environment);
        PseudoTerminal terminal = new PseudoTerminal(builder.redirectErrorStream(true).start(), facts);
        Thread reader = new Thread(terminal::read, "terminal");
        reader.setDaemon(true);
        reader.start();
        return terminal;
    }

    private void read() {
        char[] buffer = new char[8192];
        try (Reader screen = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
            for (int length = screen.read(buffer); length >= 0; length = screen.read(buffer)) {
                show(new String(buffer, 0, length));
            }
        } catch (IOException e) {
            show("\n(the terminal can't be read any more: " + e.getMessage() + ")\n");
        } finally {
            synchronized (shown) {
                ended = true;
                shown.notifyAll();
            }
        }
    }

    private void show(String text) {
        synchronized (shown) {
            shown.append(text);
            shown.notifyAll();
        }
    }

    /** All that was shown so far, with the escape sequences that colour and move. */
    public String raw() {
        return shown.toString();
    }

    /** All that was shown so far, without escape sequences. */
    public String text() {
        return ESCAPES.matcher(shown).replaceAll("");
    }

    /** Types something; a line ends with {@code \r}. */
    public void type(String keys) throws IOException {
        process.getOutputStream().write(keys.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Forgets what was shown. */
    public void clear() {
        shown.setLength(0);
    }

    /**
     * Waits until something is shown; what was shown before counts, unless it was cleared.
     *
     * @return when it was seen, as {@link System#nanoTime()} counts
     */
    public long awaitShown(String regex) throws IOException, InterruptedException {
        Pattern pattern = Pattern.compile(regex);
        long end = System.nanoTime() + PATIENCE.toNanos();
        synchronized (shown) {
            while (!pattern.matcher(text()).find()) {
                long left = end - System.nanoTime();
                if (left <= 0 || ended) {
                    throw new AssertionError((ended ? "It ended before '" : "In vain for '") + regex + "'; it shows:\n" + text());
                }
                boolean wasOver = isOver();
                shown.wait(Math.min(left / 1_000_000 + 1, LOOK_MILLIS));
                ended |= wasOver;
            }
        }
        return System.nanoTime();
    }

    /** Gives the terminal another size, as a window that is dragged does. */
    public void resize(int columns, int rows) throws IOException, InterruptedException {
        int status = new ProcessBuilder("stty", "-F", device(), "cols", Integer.toString(columns),
                "rows", Integer.toString(rows)).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException("stty ended with " + status + ".");
        }
    }

    /** Whether the terminal works line by line and echoes, as it did when the program began. */
    public boolean isCooked() throws IOException, InterruptedException {
        Process stty = new ProcessBuilder("stty", "-a", "-F", device()).start();
        String settings = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (stty.waitFor() != 0) {
            throw new IOException("stty ended with " + stty.exitValue() + ".");
        }
        return (" " + settings.replaceAll("[\\s;]+", " ")).contains(" icanon ") && settings.matches("(?s).*[^-]echo[ ;].*");
    }

    /** The program in the terminal. */
    public ProcessHandle program() {
        return process.children().flatMap(ProcessHandle::children).findFirst()
                .orElseThrow(() -> new IllegalStateException("Nothing runs in the terminal (any more)."));
    }

    /** Waits until the program ends; returns its exit code. */
    public int await() throws Exception {
        Await.that(() -> "it ends, but it shows:\n" + text(), PATIENCE, this::isOver);
        return Integer.parseInt(Files.readString(facts.resolve("exit")).strip());
    }

    private boolean isOver() throws IOException {
        Path exit = facts.resolve("exit");
        return Files.exists(exit) && Files.size(exit) > 0;
    }

    private String device() throws IOException {
        return Files.readString(facts.resolve("tty")).strip();
    }

    /** Ends the program at once, and what it had started. */
    @Override
    public void close() throws IOException {
        process.descendants().toList().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        for (String fact : List.of("tty", "exit")) {
            Files.deleteIfExists(facts.resolve(fact));
        }
        Files.deleteIfExists(facts);
    }
}
