package lattice.launcher.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
    private static final NodeHome HOME = new NodeHome(Path.of("/srv/node"));

    private static Invocation parse(String... words) throws UsageException {
        return new CommandLine(Map.of("LATTICE_HOME", "/from/environment")).parse(List.of(words));
    }

    @Test
    void nothingAtAllRunsANodeWithItsShell() throws UsageException {
        assertThat(parse())
                .isEqualTo(new Invocation.Run(new NodeHome(Path.of("/from/environment")), true, Optional.empty()));
    }

    @Test
    void homeIsTakenBeforeAndAfterTheVerb() throws UsageException {
        assertThat(parse("--home", "/srv/node", "start")).isEqualTo(new Invocation.Start(HOME));
        assertThat(parse("stop", "--home=/srv/node")).isEqualTo(new Invocation.Stop(HOME));
        assertThat(parse("exec", "lattice:services", "--home", "/srv/node"))
                .isEqualTo(new Invocation.Exec(HOME, "lattice:services"));
    }

    @Test
    void withoutAnyWordAboutItTheHomeIsThePersonsOwn() throws UsageException {
        assertThat(new CommandLine(Map.of()).parse(List.of("status"))).isEqualTo(new Invocation.Status(
                new NodeHome(Path.of(System.getProperty("user.home"), ".local/share/lattice")), false, OptionalLong.empty()));
    }

    @Test
    void commandsAreTakenAsTheyAre() throws UsageException {
        assertThat(parse("run", "-c", "lattice:put /a --x", "--home", "/srv/node"))
                .isEqualTo(new Invocation.Run(HOME, true, Optional.of("lattice:put /a --x")));
        assertThat(parse("exec", "--home", "/srv/node", "--", "--odd")).isEqualTo(new Invocation.Exec(HOME, "--odd"));
    }

    @Test
    void aBackupIsAFileFromWhereItWasCalled() throws UsageException {
        assertThat(parse("restore", "backup", "--home", "/srv/node"))
                .isEqualTo(new Invocation.Restore(HOME, Path.of("backup").toAbsolutePath()));
    }

    @Test
    void logsAreTheNodesUnlessNamed() throws UsageException {
        assertThat(parse("logs", "--home", "/srv/node")).isEqualTo(new Invocation.Logs(HOME, "lattice", false, 50));
        assertThat(parse("logs", "-f", "console", "-n", "0", "--home", "/srv/node"))
                .isEqualTo(new Invocation.Logs(HOME, "console", true, 0));
        assertThat(parse("status", "--wait", "--home", "/srv/node")).isEqualTo(new Invocation.Status(HOME, true, OptionalLong.empty()));
        assertThat(parse("status", "--wait", "--pid", "42", "--home", "/srv/node"))
                .isEqualTo(new Invocation.Status(HOME, true, OptionalLong.of(42)));
        assertThat(parse("shell", "--home", "/srv/node")).isEqualTo(new Invocation.Shell(HOME));
    }

    @Test
    void helpWinsOverWhatElseIsThere() throws UsageException {
        assertThat(parse("exec", "--help")).isInstanceOf(Invocation.Help.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "frobnicate           | There is no `lattice frobnicate`.",
        "run --fast           | There is no option '--fast'.",
        "run --home           | --home needs a directory after it.",
        "run --home=          | --home needs a directory, but got an empty one.",
        "start now            | `lattice start` takes no argument, but got 'now'.",
        "exec                 | `lattice exec` needs a command, as in lattice exec 'lattice:services'.",
        "exec lattice:get /a  | `lattice exec` takes one command: put quotes around it, as in lattice exec 'lattice:get /a'.",
        "restore              | `lattice restore` needs a backup, a file that lattice:backup made.",
        "restore a b          | `lattice restore` takes one name, but got 'b' as well.",
        "logs -n many         | -n needs a number of lines, but got 'many'.",
        "logs -n -1           | -n needs a number of lines, but got '-1'.",
        "shell lattice:node   | `lattice shell` takes no argument, but got 'lattice:node'.",
        "stop --wait          | --wait belongs to `lattice status`, not to `lattice stop`.",
        "status --pid 1       | --pid belongs to `lattice status --wait`.",
        "status --wait --pid x | --pid needs the number of a process, but got 'x'.",
        "status -f            | -f and -n belong to `lattice logs`, not to `lattice status`.",
        "start --no-shell     | -c and --no-shell belong to `lattice run`, not to `lattice start`.",
        "demo --home /srv     | `lattice demo` makes a home of its own and deletes it at the end: leave --home out.",
    })
    void whatIsWrongIsSaidInASentence(String words, String sentence) {
        assertThatThrownBy(() -> parse(words.trim().split(" "))).isInstanceOf(UsageException.class).hasMessage(sentence);
    }
}
