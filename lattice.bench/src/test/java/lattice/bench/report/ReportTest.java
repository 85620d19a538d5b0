package lattice.bench.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
    @TempDir
    private Path folder;

    @Test
    void theTableAndTheFileSayTheSame() throws Exception {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        Report report = new Report(new PrintStream(shown, true, UTF_8), Machine.here(folder));
        report.add(new Row("lattice", "durable puts, 256 threads", 61234.5, "/s", "goal: 60,000 on 4 cores"));
        report.add(Row.of("lattice", "gets, 1 thread, p50", 4.25, "us"));
        report.skip("etcd", "it is not installed");
        Path file = folder.resolve("new/bench.json");
        report.write(file);
        assertThat(shown.toString(UTF_8)).contains("61,235", "goal: 60,000", "4.25 us", "etcd", "not installed", "cores");
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        assertThat(json.at("/figures/0/value").asDouble()).isEqualTo(61234.5);
        assertThat(json.at("/figures/1/unit").asText()).isEqualTo("us");
        assertThat(json.at("/skipped/0").asText()).isEqualTo("etcd: it is not installed");
        assertThat(json.at("/machine/java").asText()).isNotEmpty();
    }
}
