package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import lattice.kernel.internal.store.EngineSettings.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RetentionTest {
    @Test
    void sizeAndAgeAreTakenFromTheProperties() throws IOException {
        assertThat(Retention.limits(name -> null)).isEqualTo(Limits.DEFAULT);
        Limits limits = Retention.limits(Map.of(Retention.SIZE, "2G", Retention.AGE, "12h")::get);
        assertThat(limits.keptLogBytes()).isEqualTo(2L << 30);
        assertThat(limits.keptLogMillis()).isEqualTo(12L * 3_600_000);
        assertThat(limits.segmentBytes()).isEqualTo(Limits.DEFAULT.segmentBytes());
        Limits small = Retention.limits(Map.of(Retention.SIZE, "8M")::get);
        assertThat(small.segmentBytes()).as("what is dropped are whole segments").isEqualTo(2L << 20);
        assertThat(small.keptLogMillis()).isEqualTo(Limits.DEFAULT.keptLogMillis());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "12x", "1.5G", "much", "99999999999999"})
    void anythingElseIsRefusedWithASentence(String text) {
        assertThatThrownBy(() -> Retention.limits(Map.of(Retention.SIZE, text)::get)).isInstanceOf(IOException.class)
                .hasMessageContaining(Retention.SIZE).hasMessageContaining("256M");
        assertThatThrownBy(() -> Retention.limits(Map.of(Retention.AGE, text)::get)).isInstanceOf(IOException.class)
                .hasMessageContaining(Retention.AGE);
    }
}
