package lattice.launcher.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
                new NodeHome(Path.of(System.getProperty("user.home"), ".local/share/lattice"))));
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
        "restore a b          | `lattice restore` takes one file, but got 'b' as well.",
        "start --no-shell     | -c and --no-shell belong to `lattice run`, not to `lattice start`.",
        "demo --home /srv     | `lattice demo` makes a home of its own and deletes it at the end: leave --home out.",
    })
    void whatIsWrongIsSaidInASentence(String words, String sentence) {
        assertThatThrownBy(() -> parse(words.trim().split(" "))).isInstanceOf(UsageException.class).hasMessage(sentence);
    }
}
