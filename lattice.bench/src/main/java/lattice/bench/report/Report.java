package lattice.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures of one run: shown as they come, and written down together with the machine that they are of. */
public final class Report {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final PrintStream out;
    private final Machine machine;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();

    public Report(PrintStream out, Machine machine) {
        this.out = out;
        this.machine = machine;
        machine.facts().forEach((name, value) -> out.printf("%-12s %s%n", name, value));
    }

    /** Starts a part of the table. */
    public void heading(String text) {
        out.printf("%n%s%n", text);
    }

    /** Adds a figure. */
    public void add(Row row) {
        rows.add(row);
        out.printf("  %-10s %-44s %14s %-8s %s%n", row.subject(), row.measure(), figure(row.value()), row.unit(), row.goal());
    }

    /** Says something about the figures above. */
    public void note(String text) {
        out.printf("  %s%n", text);
    }

    /** Says what was not measured, and why. */
    public void skip(String what, String why) {
        skipped.add(what + ": " + why);
        out.printf("  %-10s not measured: %s%n", what, why);
    }

    /** Writes it all down. */
    public void write(Path file) throws IOException {
        ObjectNode json = MAPPER.createObjectNode();
        ObjectNode facts = json.putObject("machine");
        machine.facts().forEach(facts::put);
        ArrayNode figures = json.putArray("figures");
        for (Row row : rows) {
            ObjectNode figure = figures.addObject().put("subject", row.subject()).put("measure", row.measure())
                    .put("value", row.value()).put("unit", row.unit());
            if (!row.goal().isEmpty()) {
                figure.put("goal", row.goal());
            }
        }
        skipped.forEach(json.putArray("skipped")::add);
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        Files.write(file, MAPPER.writeValueAsBytes(json));
        out.printf("%nWritten to %s%n", file);
    }

    private static String figure(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
    }
}
