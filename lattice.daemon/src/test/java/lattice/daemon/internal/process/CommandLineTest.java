package lattice.daemon.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import lattice.daemon.internal.descriptor.Readiness;
import lattice.daemon.internal.descriptor.ResourceLimits;
import lattice.daemon.internal.descriptor.Sandbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {
    @TempDir
    Path home;

    @TempDir
    Path system;

    private final Mark mark = Mark.random();

    @BeforeEach
    void install() throws Exception {
        for (String tool : List.of("setsid", "prlimit")) {
            Files.createSymbolicLink(system.resolve(tool), Path.of("/bin/sh"));
        }
    }

    private List<String> line(ResourceLimits limits, Optional<Sandbox> sandbox) throws Exception {
        Program program = new Program("/bin/sh", List.of("-c", "true"), Map.of(), List.of(), Optional.empty(), Optional.empty(),
                limits, new Readiness.Call(), sandbox, Duration.ofSeconds(1));
        return new CommandLine(home, new Places(home, home.resolve("config"), home.resolve("socket")), mark,
                new Tools(List.of(system.toString()))).of(program);
    }

    @Test
    void setsLimitsAndTheMarkBeforeTheProgramRuns() throws Exception {
        assertThat(line(new ResourceLimits(OptionalLong.of(1L << 20), OptionalLong.of(64), OptionalLong.of(3)),
                Optional.empty())).containsExactly(system + "/setsid", system + "/prlimit", "--core=0:0",
                "--rttime=" + mark.limit() + ":" + mark.limit(), "--nofile=64:64", "--data=1074790400:1074790400", "/bin/sh", "-c",
                "true");
        assertThat(mark.limit()).isBetween(1L << 60, 1L << 61);
    }

    /** A node's home may stand below what every sandbox shows. */
    @Test
    void aHomeBelowUsrIsCovered() throws Exception {
        Files.createSymbolicLink(system.resolve("bwrap"), Path.of("/bin/sh"));
        home = Path.of("/usr/share");
        List<String> line = line(ResourceLimits.NONE, Optional.of(new Sandbox(false, List.of(), List.of())));
        int cover = Collections.indexOfSubList(line, List.of("--tmpfs", "/usr/share"));
        assertThat(cover).isGreaterThan(Collections.indexOfSubList(line, List.of("--ro-bind-try", "/usr", "/usr"))).isPositive();
    }

    @Test
    void whatAsksForASandboxIsNotRunWhereThereIsNone() {
        assertThatThrownBy(() -> line(ResourceLimits.NONE, Optional.of(new Sandbox(false, List.of(), List.of()))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no program bwrap").hasMessageContaining("it is not run without");
    }
}
