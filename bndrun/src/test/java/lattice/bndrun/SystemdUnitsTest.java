package lattice.bndrun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.Result;
import lattice.testkit.process.Running;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the units for systemd name what there is: its settings, and the commands and exit codes of a node. */
@Timeout(300)
class SystemdUnitsTest {
    private static final Path UNITS = Path.of("..", "systemd");

    @TempDir
    Path directory;

    private static List<String> unit(String kind) throws IOException {
        return Files.readAllLines(UNITS.resolve(kind).resolve("lattice.service"));
    }

    private static List<String> words(List<String> unit, String setting) {
        String line = unit.stream().filter(each -> each.startsWith(setting + "=")).findFirst().orElseThrow();
        return Arrays.asList(line.substring(setting.length() + 1).split(" "));
    }

    /** What it runs, without the program itself. */
    private static String[] command(List<String> unit, String setting, String pid) {
        List<String> words = new ArrayList<>(words(unit, setting));
        assertThat(words.remove(0)).endsWith("/lattice");
        words.replaceAll(word -> word.replace("$MAINPID", pid));
        return words.toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"system", "user"})
    void whatItRunsIsANodeThatIsWaitedForAndStopped(String kind) throws Exception {
        List<String> unit = unit(kind);
        Path home = directory.resolve("home");
        Lattice lattice = Lattice.here().withEnvironment("LATTICE_HOME", home.toString());
        try (Running node = lattice.start(command(unit, "ExecStart", ""))) {
            Result ready = lattice.run("", command(unit, "ExecStartPost", Long.toString(node.pid())));
            assertThat(ready.exitCode()).as(ready.err()).isZero();
            assertThat(lattice.run("", "exec", "lattice:put /a b").exitCode()).isZero();
            node.terminate();
            assertThat(words(unit, "SuccessExitStatus")).contains(Integer.toString(node.await().exitCode()));
        }
        Files.delete(home.resolve("identity.key"));
        Result forItsOwner = lattice.run("", command(unit, "ExecStart", ""));
        assertThat(forItsOwner.err()).contains("key");
        assertThat(words(unit, "RestartPreventExitStatus")).contains(Integer.toString(forItsOwner.exitCode()),
                Integer.toString(lattice.run("", "run", "--no-such-option").exitCode()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"system", "user"})
    void systemdHasNothingToSayAgainstIt(String kind) throws Exception {
        Path unit = Files.createDirectories(directory.resolve(kind)).resolve("lattice.service");
        // Where it will be installed it need not be now.
        Files.writeString(unit, String.join("\n", unit(kind)).replaceAll("=\\S*/lattice ", "=/bin/sh "));
        ProcessBuilder verify = new ProcessBuilder("systemd-analyze", "verify", "--man=no", "--" + kind, unit.toString());
        verify.environment().put("XDG_RUNTIME_DIR", directory.toString());
        Process systemd;
        try {
            systemd = verify.redirectErrorStream(true).start();
        } catch (IOException e) {
            System.out.println("SKIPPED: there is no systemd here; the syntax of its units was not tested.");
            assumeTrue(false, e.getMessage());
            return;
        }
        String said = new String(systemd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(systemd.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assumeTrue(!said.contains("Failed to initialize manager"), said);
        assertThat(said).doesNotContain("lattice.service");
        assertThat(systemd.exitValue()).as(said).isZero();
    }
}
