package lattice.bndrun;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.Result;
import lattice.testkit.process.Running;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The exported jar, as a person or a service manager runs it, on every Java of this machine. */
@Timeout(300)
class DistributionTest {
    private static final Pattern PID = Pattern.compile("pid (\\d+)");
    private static final Pattern COMMAND = Pattern.compile("(?m)^lattice:[a-z]+");
    /** Usage, and more of it, indented; a summary; arguments, and more of them; examples. */
    private static final Pattern HELP = Pattern.compile("(?s)Usage: (?<command>lattice:[a-z]+) [^\n]*\n(?: {10,}[^\n]*\n)*"
            + "(?<summary>[A-Z].*?\\.)\n(?<arguments>(?: {2,}[^\n]*\n)+)\nExamples:\n(?<examples>.*)");

    @TempDir
    Path home;

    static List<Lattice> javas() throws IOException {
        return Lattice.here().onEveryJava();
    }

    private String[] at(String... words) {
        return Stream.concat(Stream.of(words), Stream.of("--home", home.toString())).toArray(String[]::new);
    }

    @ParameterizedTest
    @MethodSource("javas")
    void commandsRunOneAfterAnotherAndTheNodeStops(Lattice lattice) throws Exception {
        assertThat(lattice.run("", at("run", "-c", "lattice:put /test/a \"one two\"; lattice:get /test/a")))
                .satisfies(result -> assertThat(result.exitCode()).isZero())
                .satisfies(result -> assertThat(result.out()).contains("one two"))
                .satisfies(result -> assertThat(result.err()).isEmpty());
        assertThat(lattice.run("", at("-c", "lattice:get /test/a")).out()).contains("one two");
    }

    @ParameterizedTest
    @MethodSource("javas")
    void aCommandThatFailsSaysWhyInALineAndTheExitCodeIsOne(Lattice lattice) throws Exception {
        Result result = lattice.run("", at("-c", "lattice:get /nothing/here; lattice:put /test/after 1"));
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err().lines()).hasSize(1).first().asString().contains("/nothing/here");
    }

    @ParameterizedTest
    @MethodSource("javas")
    void commandsAreReadFromAPipeAndItsEndStopsTheNode(Lattice lattice) throws Exception {
        Result result = lattice.run("lattice:put /test/b 2\nlattice:get /test/b\n", at("run"));
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("2");
    }

    @ParameterizedTest
    @MethodSource("javas")
    void withNothingOnStandardInputItRunsUntilItIsTerminated(Lattice lattice) throws Exception {
        try (Running node = lattice.start(at())) {
            node.awaitPrinted("Lattice is ready");
            Result second = lattice.run("", at("-c", "lattice:node"));
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.err().lines()).hasSize(1).first().asString().contains("pid " + node.pid(), home.toString());
            node.terminate();
            assertThat(node.await()).satisfies(result -> assertThat(result.exitCode()).isEqualTo(128 + 15))
                    .satisfies(result -> assertThat(result.err()).isEmpty());
        }
        assertThat(lattice.run("", at("status")).exitCode()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("javas")
    void aNodeInTheBackgroundAnswersUntilItIsStopped(Lattice lattice) throws Exception {
        Result started = lattice.run("", at("start"));
        assertThat(started.exitCode()).as(started.err()).isZero();
        try {
            assertThat(lattice.run("", at("status"))).satisfies(status -> assertThat(status.exitCode()).isZero())
                    .satisfies(status -> assertThat(status.out()).contains("pid " + pid(started)));
            assertThat(lattice.run("", at("start")).out()).contains("already runs");
            assertThat(lattice.run("", at("exec", "lattice:put /test/c three")).exitCode()).isZero();
            assertThat(lattice.run("", at("exec", "lattice:get /test/c")).out()).contains("three");
            Result failed = lattice.run("", at("exec", "lattice:get /nothing/here"));
            assertThat(failed.exitCode()).isEqualTo(1);
            assertThat(failed.err().lines()).hasSize(1).first().asString().contains("/nothing/here");
            assertCommandsAreExplainedInOneStyle(lattice);
        } finally {
            assertThat(lattice.run("", at("stop")).exitCode()).isZero();
        }
        assertThat(lattice.run("", at("status")).exitCode()).isEqualTo(3);
        assertThat(lattice.run("", at("exec", "lattice:node"))).satisfies(result ->
                assertThat(result.exitCode()).isEqualTo(3)).satisfies(result -> assertThat(result.err()).contains("lattice start"));
        assertThat(lattice.run("", at("stop")).exitCode()).isZero();
        assertThat(Files.readString(home.resolve("logs/console.log"))).doesNotContain("Exception", "WARNING");
    }

    @ParameterizedTest
    @MethodSource("javas")
    void whatWasAcknowledgedIsThereAfterTheNodeWasKilled(Lattice lattice) throws Exception {
        Result started = lattice.run("", at("start"));
        assertThat(started.exitCode()).as(started.err()).isZero();
        assertThat(lattice.run("", at("exec", "lattice:put /test/d four")).exitCode()).isZero();
        ProcessHandle node = ProcessHandle.of(pid(started)).orElseThrow();
        node.destroyForcibly();
        node.onExit().join();
        assertThat(lattice.run("", at("status")).exitCode()).isEqualTo(3);
        assertThat(lattice.run("", at("-c", "lattice:get /test/d"))).satisfies(result ->
                assertThat(result.exitCode()).isZero()).satisfies(result -> assertThat(result.out()).contains("four"));
    }

    @ParameterizedTest
    @MethodSource("javas")
    void aNodeThatCannotStartSaysWhyAtOnce(Lattice lattice) throws Exception {
        Files.writeString(home.resolve("identity.key"), "no key");
        for (String[] words : new String[][] {at("-c", "lattice:node"), at("run", "--no-shell"), at("start")}) {
            assertThat(lattice.run("", words)).satisfies(result -> assertThat(result.exitCode()).isEqualTo(78))
                    .satisfies(result -> assertThat(result.out()).isEmpty())
                    .satisfies(result -> assertThat(result.err().lines()).hasSize(1).first().asString()
                            .startsWith("lattice: The node did not start.").contains("identity.key"));
        }
        assertThat(lattice.run("", at("status")).exitCode()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("javas")
    void aBackupBecomesANodeAgain(Lattice lattice) throws Exception {
        Path backup = home.resolve("backup");
        assertThat(lattice.run("", at("-c", "lattice:put /test/e five; lattice:backup " + backup)).exitCode()).isZero();
        String other = home.resolve("other").toString();
        Result restored = lattice.run("", "restore", backup.toString(), "--home", other);
        assertThat(restored.exitCode()).as(restored.err()).isZero();
        assertThat(restored.out()).contains("digest").contains("back to Manual").contains("invites are void");
        assertThat(lattice.run("", "-c", "lattice:get /test/e", "--home", other).out()).contains("five");
        Result again = lattice.run("", "restore", backup.toString(), "--home", other);
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err().lines()).hasSize(1).first().asString().contains(other);
        assertThat(lattice.run("", at("restore", backup + ".not")).err()).contains("There is no backup");
    }

    @ParameterizedTest
    @MethodSource("javas")
    void helpAndVersionNeedNoNode(Lattice lattice) throws Exception {
        assertThat(lattice.run("", "--help").out()).contains("usage: lattice");
        assertThat(lattice.run("", "--version").out()).startsWith("Lattice 0.");
        assertThat(lattice.run("", "frobnicate")).satisfies(result -> assertThat(result.exitCode()).isEqualTo(2))
                .satisfies(result -> assertThat(result.err().lines()).hasSize(1));
    }

    /**
     * Whatever bundle a command is of: how to type it, what it does as a sentence, each argument as a phrase, and examples of
     * itself.
     */
    private void assertCommandsAreExplainedInOneStyle(Lattice lattice) throws Exception {
        List<String> commands = COMMAND.matcher(lattice.run("", at("exec", "lattice:help")).out()).results()
                .map(MatchResult::group).toList();
        assertThat(commands).contains("lattice:put", "lattice:declare", "lattice:daemons", "lattice:join", "lattice:token");
        String all = lattice.run("", at("exec", commands.stream().map(command -> command + " --help")
                .collect(Collectors.joining("; ")))).out();
        List<String> helps = List.of(all.split("(?m)^(?=Usage: )"));
        assertThat(helps.stream().filter(help -> !help.isBlank())).zipSatisfy(commands, (help, command) -> {
            Matcher form = HELP.matcher(help);
            assertThat(form.matches()).as(help).isTrue();
            assertThat(form.group("command")).isEqualTo(command);
            for (String argument : form.group("arguments").replaceAll("\n {10,}", " ").lines().toList()) {
                assertThat(argument).as(command).matches(" {2}(?: {4})?\\S+ +([a-z0-9(]|[A-Z][a-z]+[A-Z]).*[^. ]");
            }
            assertThat(form.group("examples").lines()).as(command).anyMatch(example -> example.startsWith("  " + command))
                    .allMatch(example -> example.isBlank() || example.startsWith("  lattice:"));
        });
    }

    private static long pid(Result result) {
        Matcher matcher = PID.matcher(result.out());
        assertThat(matcher.find()).as(result.out()).isTrue();
        return Long.parseLong(matcher.group(1));
    }
}
