package lattice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class OptionsTest {
    @Test
    void withoutOptionsTheIssueIsMeasured() {
        Options options = Options.parse();
        assertThat(options.subjects()).containsExactly("lattice");
        assertThat(options.threads()).containsExactly(1, 16, 64, 256);
    }

    @Test
    void everyPartCanBeAskedFor() {
        String all = Parts.all().stream().map(Part::name).collect(Collectors.joining(","));
        assertThat(Options.parse("--parts", all).parts()).hasSameSizeAs(Parts.all());
        assertThat(Options.USAGE).contains(String.join(", ", all.split(",")));
    }

    @Test
    void optionsAreTakenInAnyOrder() {
        Options options = Options.parse("--seconds", "0.5", "--subjects", "etcd,redis", "--watchers", "1,100");
        assertThat(options.subjects()).containsExactlyInAnyOrder("etcd", "redis");
        assertThat(options.watchers()).containsExactly(1, 100);
        assertThat(options.durations().measured()).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void whatIsNoOptionIsNamed() {
        assertThatThrownBy(() -> Options.parse("--colour", "red")).hasMessageContaining("--colour");
        assertThatThrownBy(() -> Options.parse("--seconds")).hasMessageContaining("--seconds");
        assertThatThrownBy(() -> Options.parse("--subjects", "oracle")).hasMessageContaining("oracle");
        assertThatThrownBy(() -> Options.parse("--parts", "lunch")).hasMessageContaining("lunch");
    }
}
