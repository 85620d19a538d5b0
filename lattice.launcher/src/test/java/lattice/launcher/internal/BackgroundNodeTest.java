package lattice.launcher.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackgroundNodeTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"0, 0 s", "59, 59 s", "61, 1 min 1 s", "3600, 1 h", "90061, 1 d 1 h", "-5, 0 s"})
    void timeIsToldInItsTwoLargestUnits(long seconds, String words) {
        assertThat(BackgroundNode.words(Duration.ofSeconds(seconds))).isEqualTo(words);
    }

    @Test
    void whereNoNodeRunsThereIsNothingToStop() throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true);
        BackgroundNode node = new BackgroundNode(new NodeHome(directory), out, out);
        node.stop();
        assertThat(node.status(Terminal.NONE)).isEqualTo(ExitCode.NOT_RUNNING);
        assertThat(said.toString().lines()).containsOnly("No node runs in " + directory + ".").hasSize(2);
    }

    @Test
    @Timeout(60)
    void aWaitForANodeEndsWithTheProcessThatWasToBecomeIt() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), true);
        BackgroundNode node = new BackgroundNode(new NodeHome(directory), out, out);
        assertThatThrownBy(() -> node.awaitCommands(OptionalLong.of(ended.pid()))).isInstanceOf(LauncherException.class)
                .hasMessage("The process " + ended.pid() + " has ended, and no node takes commands in " + directory + ".");
    }
}
