package lattice.bench.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LauncherScriptTest {
    @Test
    void findsTheOptionsOfTheScriptThatIsShipped() throws IOException {
        assertThat(LauncherScript.nodeOptions(Path.of("../lattice"))).isNotEmpty().allMatch(option -> option.startsWith("-X"));
    }

    @Test
    void saysSoIfAScriptHasNone(@TempDir Path folder) throws IOException {
        Path script = Files.writeString(folder.resolve("lattice"), "exec java -jar lattice.jar\n");
        assertThatThrownBy(() -> LauncherScript.nodeOptions(script)).isInstanceOf(IOException.class)
                .hasMessageContaining("--node-jvm");
    }
}
