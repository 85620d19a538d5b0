package lattice.shell.internal.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import lattice.shell.internal.TestNode;
import lattice.shell.internal.TestShell;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.store.GetCommand;
import lattice.shell.internal.store.PutCommand;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PipeShellTest {
    @TempDir
    Path home;

    private TestShell shell;
    private boolean stopped;

    @BeforeEach
    void open() {
        TestNode node = new TestNode(home);
        shell = new TestShell(Screen.NONE, new PutCommand(node), new GetCommand(node));
    }

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void runsLineByLineAndGoesOnAfterOneThatFails() throws Exception {
        assertThat(run("lattice:put /x 1\n\n# a comment\nlattice:get /y\nlattice:get /x")).isEqualTo(1);

        assertThat(shell.out()).isEqualTo("/x has 1 byte at revision 1.\n1");
        assertThat(shell.err()).contains("no /y");
    }

    @Test
    void aProgramMayTakeSeveralLines() throws Exception {
        assertThat(run("lattice:put /x 'one\ntwo'\neach [1 2] {\nlattice:put /n $it\n}\nlattice:get /x\n")).isZero();

        assertThat(shell.out()).endsWith("one\ntwo");
    }

    @Test
    void oneThatNeverEndsIsAnError() throws Exception {
        assertThat(run("lattice:put /x 'one\n")).isEqualTo(1);

        assertThat(shell.err()).isEqualTo("The line ends too early: a quote or bracket is not closed.\n");
    }

    @Test
    void readsNoMoreOnceTheNodeIsToStop() throws Exception {
        stopped = true;

        assertThat(run("lattice:put /x 1\n")).isZero();

        assertThat(shell.out()).isEmpty();
    }

    private int run(String input) throws Exception {
        return new PipeShell(shell.session(), () -> stopped)
                .run(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    }
}
