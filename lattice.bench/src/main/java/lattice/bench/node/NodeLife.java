package lattice.bench.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.NodeProcess;
import lattice.testkit.process.PseudoTerminal;

/** The life of a whole node: from {@code java -jar} to its prompt, from consent to Running, and what it holds. */
public final class NodeLife {
    private static final int STARTS = 5;
    private static final int CONSENTS = 15;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SERVICE = "lattice.health";
    private static final Pattern USED = Pattern.compile("used ([0-9]+)K");
    private static final String PROMPT = "lattice [0-9a-f]{8}> ";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path jar;
    private final Path folder;

    /** @param folder for the homes of nodes */
    public NodeLife(Path jar, Path folder) {
        this.jar = jar;
        this.folder = folder;
    }

    public void measure(Report report) throws Exception {
        if (!Files.isRegularFile(jar)) {
            report.skip("node", jar + " is not there: build it with mvn verify, or name it with --jar");
            return;
        }
        prompt(report);
        consent(report);
    }

    private void prompt(Report report) throws Exception {
        Path home = folder.resolve("prompt");
        double first = promptSeconds(home);
        List<Double> again = new ArrayList<>();
        for (int start = 0; start < STARTS; start++) {
            again.add(promptSeconds(home));
        }
        report.add(Row.of("node", "java -jar to prompt, first start", first, "s"));
        report.add(new Row("node", "java -jar to prompt, median of " + STARTS, median(again), "s", "goal: at most 2"));
    }

    private double promptSeconds(Path home) throws Exception {
        long before = System.nanoTime();
        try (PseudoTerminal terminal = Lattice.of(jar).inTerminal(120, 40, "run", "--home", home.toString())) {
            double seconds = (terminal.awaitShown(PROMPT) - before) / 1e9;
            terminal.type(PseudoTerminal.END_OF_INPUT);
            terminal.await();
            return seconds;
        }
    }

    /**
     * From sending the owner's word over the operator socket to the node's answer that the service runs, so the shell's work
     * is in it. What the node publishes about the service is no measure: it is rate limited.
     */
    private void consent(Report report) throws Exception {
        Path home = folder.resolve("consent");
        try (NodeProcess node = NodeProcess.start(Lattice.of(jar), home)) {
            heap(node.pid(), report);
            node.must("lattice:declare " + SERVICE);
            List<Double> millis = new ArrayList<>();
            for (int i = 0; i < CONSENTS; i++) {
                millis.add(millisUntil(node, "AlwaysAllow", "Running"));
                millisUntil(node, "Block", "Refused");
            }
            report.add(Row.of("node", "consent to Running, first", millis.get(0), "ms"));
            List<Double> warm = millis.subList(1, millis.size());
            report.add(new Row("node", "consent to Running, median of " + warm.size(), median(warm), "ms", "goal: at most 100"));
            report.add(Row.of("node", "consent to Running, worst of " + warm.size(), Collections.max(warm), "ms"));
        }
    }

    private static double millisUntil(NodeProcess node, String consent, String state) throws IOException {
        long before = System.nanoTime();
        node.must("lattice:consent " + SERVICE + " " + consent);
        while (!state(node).equals(state)) {
            if (System.nanoTime() - before > PATIENCE.toNanos()) {
                throw new IOException("After " + consent + " " + SERVICE + " never was " + state + ".");
            }
        }
        return (System.nanoTime() - before) / 1e6;
    }

    private static String state(NodeProcess node) throws IOException {
        for (JsonNode service : MAPPER.readTree(node.must("lattice:services --json"))) {
            if (service.get("service").asText().equals(SERVICE)) {
                return service.get("state").asText();
            }
        }
        throw new IOException(SERVICE + " is not among the services of the node.");
    }

    private static void heap(long pid, Report report) throws Exception {
        jcmd(pid, "GC.run");
        long kib = 0;
        for (String line : jcmd(pid, "GC.heap_info").lines().toList()) {
            Matcher used = USED.matcher(line);
            if (used.find() && !line.contains("Metaspace") && !line.contains("class space")) {
                kib += Long.parseLong(used.group(1));
            }
        }
        report.add(Row.of("node", "heap in use after start", kib / 1024.0, "MiB"));
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS")) {
                report.add(Row.of("node", "resident memory after start",
                        Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0, "MiB"));
            }
        }
    }

    private static String jcmd(long pid, String command) throws Exception {
        Process jcmd = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid), command).redirectErrorStream(true).start();
        String output = new String(jcmd.getInputStream().readAllBytes());
        if (jcmd.waitFor() != 0) {
            throw new IOException("jcmd failed: " + output);
        }
        return output;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
