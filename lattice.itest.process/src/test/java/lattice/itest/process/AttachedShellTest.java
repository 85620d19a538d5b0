package lattice.itest.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import lattice.testkit.process.Await;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.NodeProcess;
import lattice.testkit.process.PseudoTerminal;
import lattice.testkit.process.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code lattice shell}, as a person at a terminal has it. */
@Timeout(300)
class AttachedShellTest {
    private static final String PROMPT = "lattice [0-9a-f]{8}> $";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path home;

    private PseudoTerminal attach() throws Exception {
        PseudoTerminal terminal = Lattice.here().inTerminal(100, 30, "shell", "--home", home.toString());
        terminal.awaitShown(PROMPT);
        return terminal;
    }

    @Test
    void completesColoursResizesInterruptsRemembersAndLeavesTheNodeRunning() throws Exception {
        try (NodeProcess node = NodeProcess.start(home)) {
            try (PseudoTerminal terminal = attach()) {
                assertThat(terminal.text()).contains("Ctrl-D leaves, and the node goes on");
                terminal.type("lattice:put /greeting 'good morning, said the node to the person who had come to look after it'\r");
                terminal.awaitShown("/greeting has \\d+ bytes at revision");

                terminal.clear();
                terminal.type("lattice:hist\t");
                terminal.awaitShown("lattice:history");
                terminal.type("/gree\t\r");
                terminal.awaitShown("good morning");
                assertThat(terminal.raw()).as("colours").contains("\u001b[");

                terminal.resize(40, 30);
                Await.that(() -> "what is listed fits into 40 columns:\n" + terminal.text(), PATIENCE, () -> {
                    terminal.clear();
                    terminal.type("lattice:list --values\r");
                    terminal.awaitShown("founder\"\\}(?s:.*)" + PROMPT);
                    List<String> listed = terminal.text().lines()
                            .filter(line -> line.contains("good") || line.contains("person")).toList();
                    return !listed.isEmpty() && listed.stream().allMatch(line -> line.strip().length() <= 40);
                });

                terminal.clear();
                terminal.type("lattice:watch /\r");
                Await.that("the watch is there", PATIENCE, () -> {
                    node.must("lattice:put /seen 1");
                    return terminal.text().contains("/seen ");
                });
                terminal.type(PseudoTerminal.INTERRUPT);
                terminal.awaitShown(PROMPT);

                terminal.clear();
                terminal.type("exit\r");
                terminal.awaitShown("The node goes on");
                assertThat(terminal.await()).isZero();
            }
            assertThat(node.must("lattice:get /greeting")).startsWith("good morning");
            try (PseudoTerminal again = attach()) {
                again.clear();
                // Up, up, as keypads in their two modes send it: before the way out came the watch.
                again.type("\u001bOA\u001b[A");
                again.awaitShown("lattice:watch /");
                again.clear();
                again.type(PseudoTerminal.INTERRUPT);
                again.awaitShown(PROMPT);
                again.type(PseudoTerminal.END_OF_INPUT);
                assertThat(again.await()).isZero();
            }
        }
    }

    @Test
    void severalAtOnceEachWithACommandOfItsOwnAndAKilledClientTakesNothingWithIt() throws Exception {
        try (NodeProcess node = NodeProcess.start(home); PseudoTerminal one = attach(); PseudoTerminal two = attach()) {
            one.type("lattice:watch /one\r");
            two.type("lattice:watch /two\r");
            Await.that("both watches are there", PATIENCE, () -> {
                node.must("lattice:put /one 1");
                node.must("lattice:put /two 2");
                return one.text().contains("/one ") && two.text().contains("/two ");
            });
            assertThat(one.text()).doesNotContain("/two ");

            one.program().destroyForcibly();
            one.await();
            assertThat(one.isCooked()).as("the terminal is set back").isTrue();

            two.clear();
            node.must("lattice:put /two 3");
            two.awaitShown("/two ");
            two.type(PseudoTerminal.INTERRUPT);
            two.awaitShown(PROMPT);
            Await.that("nothing is left of the killed client's shell", PATIENCE,
                    () -> threads(node, "lattice-operator-keys") == 1);
        }
    }

    @Test
    void aNodeThatStopsEndsTheShellWithASentenceAndTheTerminalIsAsItWas() throws Exception {
        try (NodeProcess node = NodeProcess.start(home); PseudoTerminal terminal = attach()) {
            node.stop();
            terminal.awaitShown("The node has stopped, and this shell with it");
            assertThat(terminal.await()).isEqualTo(3);
        }
        try (PseudoTerminal none = Lattice.here().inTerminal(100, 30, "shell", "--home", home.toString())) {
            none.awaitShown("No node runs in");
            assertThat(none.await()).isEqualTo(3);
        }
    }

    @Test
    void needsATerminal() throws Exception {
        try (NodeProcess node = NodeProcess.start(home)) {
            Result result = Lattice.here().run("lattice:node\n", "shell", "--home", home.toString());
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err().lines()).hasSize(1).first().asString().contains("lattice exec");
            assertThat(node.exec("lattice:node").status()).isZero();
        }
    }

    private static long threads(NodeProcess node, String name) throws Exception {
        Process jstack = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(node.pid()), "Thread.print").start();
        String threads = new String(jstack.getInputStream().readAllBytes());
        assertThat(jstack.waitFor()).isZero();
        return threads.lines().filter(line -> line.startsWith("\"" + name)).count();
    }
}
