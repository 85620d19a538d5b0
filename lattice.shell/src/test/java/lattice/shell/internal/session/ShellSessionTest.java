package lattice.shell.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Table;
import lattice.shell.internal.TestShell;
import lattice.shell.internal.output.Screen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShellSessionTest {
    private static final Screen TERMINAL = new Screen(true, () -> 40, true);

    private final CountDownLatch waiting = new CountDownLatch(1);
    private final TestShell shell = new TestShell(Screen.NONE, commands());

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void runsStatementsUpToTheFirstThatFailsAndSaysWhyInOneLine() throws Exception {
        assertThat(shell.run("lattice:say one; lattice:refuse; lattice:say two")).isEqualTo(1);

        assertThat(shell.out()).isEqualTo("one\n");
        assertThat(shell.err()).isEqualTo("It is refused; ask again.\n");
        assertThat(shell.run("lattice:say three")).isZero();
    }

    @Test
    void anUnexpectedErrorIsOneLineToo() throws Exception {
        assertThat(shell.run("lattice:break")).isEqualTo(1);

        assertThat(shell.err()).isEqualTo(
                "lattice:break failed: IllegalStateException: first\\nsecond; lattice:log has the details.\n");
    }

    @Test
    void aFailureBeforeTheEndOfAPipeIsAFailureOfThePipe() throws Exception {
        assertThat(shell.run("lattice:refuse | grep x")).isEqualTo(1);

        assertThat(shell.err()).isEqualTo("It is refused; ask again.\n");
        assertThat(shell.run("lattice:say x | grep x")).isZero();
        assertThat(shell.out()).isEqualTo("x\n");
    }

    @Test
    void saysWhatIsMissingOrCantBeRead() throws Exception {
        assertThat(shell.run("lattice:nothing")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("There is no command 'lattice:nothing'; type help for those there are.\n");

        assertThat(shell.run("lattice:say 'open")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("The line ends too early: a quote or bracket is not closed.\n");

        assertThat(shell.run("lattice:say $unset")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("An argument has no value: was a $variable meant that is not set?\n");
    }

    @Test
    void hintsAtQuotesWhereBracketsWereMeantAsText() throws Exception {
        for (String text : List.of("{\"port\":6667}", "{\"port\": 6667}", "[\"#a\"]", "[1 2]", "{ echo x }",
                "channels=[\"#a\"]")) {
            assertThat(shell.run("lattice:say " + text)).as(text).isEqualTo(1);
            assertThat(shell.err()).as(text).isEqualTo("The shell takes {...} and [...] for its own; "
                    + "where text is meant put it in single quotes, such as '{\"port\": 6667}'.\n");
            assertThat(shell.run("lattice:say '" + text + "'")).isZero();
            assertThat(shell.out()).isEqualTo(text + "\n");
        }
    }

    @Test
    void textComesThroughWithoutBeingTakenForNumbersOrFiles() throws Exception {
        assertThat(shell.run("lattice:say 1.50 007 true null * ~ 1e5")).isZero();
        assertThat(shell.out()).isEqualTo("1.50 007 true null * ~ 1e5\n");
    }

    @Test
    void aVariableHoldsWhatACommandPrinted() throws Exception {
        assertThat(shell.run("x = $(lattice:say two words); lattice:say $x")).isZero();
        assertThat(shell.out()).isEqualTo("two words\n");
    }

    @Test
    void jsonIsOneDocumentAndGoesToStandardOutputOnly() throws Exception {
        assertThat(shell.run("lattice:show --json")).isZero();
        assertThat(shell.out()).isEqualTo("[{\"name\":\"a\"},{\"name\":\"b\"}]\n");
    }

    @Test
    void coloursAndFoldingAreForTheTerminalAlone() throws Exception {
        try (TestShell terminal = new TestShell(TERMINAL, commands())) {
            terminal.run("lattice:show");
            assertThat(terminal.out()).contains("\u001b[");
            terminal.run("lattice:show | cat");
            assertThat(terminal.out()).isEqualTo("NAME\na\nb\n");
            terminal.run("each [1] { lattice:show } | cat");
            assertThat(terminal.out()).startsWith("NAME\na\nb\n");
            terminal.run("x = $(lattice:show); lattice:say $x | cat");
            assertThat(terminal.out()).contains("NAME\\na\\nb").doesNotContain("\u001b[");
        }
    }

    @Test
    void whatCommandsATerminalIsShownEscaped() throws Exception {
        try (TestShell terminal = new TestShell(TERMINAL, commands())) {
            terminal.run("lattice:evil");
            assertThat(terminal.out()).doesNotContain("\u0007").contains("\\x1b]0;x\\x07");
        }
        shell.run("lattice:evil");
        assertThat(shell.out()).endsWith("raw \u001b]0;x\u0007");
    }

    @Test
    void isInterruptedAndGoesOn() throws Exception {
        Thread ctrlC = new Thread(() -> {
            try {
                waiting.await();
                shell.session().interrupt();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        ctrlC.start();

        assertThat(shell.run("kept = yes; lattice:wait")).isEqualTo(1);

        ctrlC.join(TimeUnit.SECONDS.toMillis(10));
        assertThat(shell.err()).isEmpty();
        assertThat(shell.run("lattice:say $kept")).isZero();
        assertThat(shell.out()).isEqualTo("yes\n");
    }

    @Test
    void aCommandEndsWhenNobodyReadsItAnyMore() throws Exception {
        assertThat(shell.run("lattice:count | head -n 2")).isZero();
        assertThat(shell.out()).isEqualTo("1\n2\n");
    }

    private Command[] commands() {
        return new Command[] {
            command("say", false, (arguments, output) -> output.line(String.join(" ", arguments.all("WORD")))),
            command("refuse", false, (arguments, output) -> {
                throw new CommandException("It is refused; ask again.");
            }),
            command("break", false, (arguments, output) -> {
                throw new IllegalStateException("first\nsecond");
            }),
            command("show", true, (arguments, output) ->
                    output.table(new Table(List.of("name"), List.of(List.of("a"), List.of("b")), "None."))),
            command("evil", false, (arguments, output) -> {
                String evil = "\u001b]0;x\u0007";
                output.line("line " + evil);
                output.table(new Table(List.of("c"), List.of(List.of(evil)), ""));
                output.details(Details.of("d", evil));
                output.event("event " + evil, Details.of());
                output.raw(("raw " + evil).getBytes());
            }),
            command("wait", false, (arguments, output) -> {
                waiting.countDown();
                new CountDownLatch(1).await();
            }),
            command("count", false, (arguments, output) -> {
                for (int i = 1; true; i++) {
                    output.event(String.valueOf(i), Details.of("n", i));
                }
            }),
        };
    }

    @FunctionalInterface
    private interface Body {
        void run(Arguments arguments, Output output) throws Exception;
    }

    private static Command command(String name, boolean shows, Body body) {
        Syntax syntax = new Syntax(name, "Do it.", List.of(new Syntax.Parameter("WORD", "Some.", Syntax.Arity.ANY)), List.of(),
                shows, List.of());
        return new Command() {
            @Override
            public Syntax syntax() {
                return syntax;
            }

            @Override
            public void run(Arguments arguments, Output output) throws Exception {
                body.run(arguments, output);
            }
        };
    }
}
