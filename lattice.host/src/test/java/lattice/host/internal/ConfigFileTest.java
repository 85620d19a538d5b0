package lattice.host.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
    @TempDir
    Path directory;

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("config.json"), text);
    }

    @Test
    void givesTheValuesThatAServiceInTheNodeGets() throws IOException {
        assertThat(ConfigFile.read(file("""
                {"port": 6667, "rate": 0.5, "whole": 2.0, "on": true, "name": "x", "none": null,
                 "list": [1, null, "a"], "nested": {"deep": [{"n": 9007199254740993}], "none": null}}
                """)).values()).isEqualTo(Map.of("port", 6667L, "rate", 0.5, "whole", 2L, "on", true, "name", "x",
                        "list", List.of(1L, "a"), "nested", Map.of("deep", List.of(Map.of("n", 9007199254740993L)))));
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        Path absent = directory.resolve("absent.json");
        assertThatThrownBy(() -> ConfigFile.read(absent)).isInstanceOf(IOException.class).hasMessageContaining("absent.json");
        Path list = file("[1]");
        assertThatThrownBy(() -> ConfigFile.read(list)).hasMessageContaining("is no JSON object");
        Path broken = file("{\"port\": 1");
        assertThatThrownBy(() -> ConfigFile.read(broken)).hasMessageContaining("is no JSON");
        Path two = file("{} {}");
        assertThatThrownBy(() -> ConfigFile.read(two)).hasMessageContaining("is no JSON");
    }
}
