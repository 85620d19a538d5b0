package lattice.mesh.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MeshConfigTest {
    private static MeshConfig of(Map<String, ?> configuration) {
        return MeshConfig.of(configuration, property -> null);
    }

    @Test
    void ifNothingIsSaidItListensEverywhereAndLooksForNobody() throws Exception {
        MeshConfig config = of(Map.of());

        assertThat(config.port()).isEqualTo(7473);
        assertThat(config.seeds()).isEmpty();
        assertThat(config.mdns()).isFalse();
        assertThat(config.reachableAt(7473)).isNotEmpty();
    }

    @Test
    void aNodeThatOnlyDialsGivesNoAddress() throws Exception {
        assertThat(of(Map.of("addresses", "none")).reachableAt(7473)).isEmpty();
    }

    @Test
    void theConfigurationComesBeforeTheFramework() {
        MeshConfig config = MeshConfig.of(Map.of("seeds", "a.example:1, [fd00::1]:2"),
                Map.of("lattice.mesh.seeds", "b.example:3", "lattice.mesh.mdns", "true")::get);

        assertThat(config.seeds()).containsExactly("a.example:1", "[fd00::1]:2");
        assertThat(config.mdns()).isTrue();
    }

    @Test
    void whatIsNoValueIsSaidInASentence() {
        assertThatThrownBy(() -> of(Map.of("port", "many"))).hasMessage("The setting port of lattice.mesh is 'many', not a port.");
        assertThatThrownBy(() -> of(Map.of("mdns", "maybe"))).hasMessageContaining("not true or false");
        assertThatThrownBy(() -> of(Map.of("seeds", "nowhere"))).hasMessageContaining("not of the form host:port");
    }
}
