package lattice.shell.internal.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lattice.api.store.Key;
import lattice.shell.internal.TestNode;
import lattice.shell.internal.TestShell;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.store.GetCommand;
import lattice.shell.internal.store.ListCommand;
import lattice.shell.internal.store.PutCommand;
import org.apache.felix.gogo.jline.Parser;
import org.jline.reader.Candidate;
import org.jline.reader.Parser.ParseContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandCompleterTest {
    @TempDir
    Path home;

    private TestNode node;
    private TestShell shell;

    @BeforeEach
    void open() {
        node = new TestNode(home);
        node.rootStore().put(new Key("/notes/today"), "x");
        shell = new TestShell(Screen.NONE, new PutCommand(node), new GetCommand(node), new ListCommand(node));
    }

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void completesNames() {
        assertThat(complete("")).containsExactly("lattice:get", "lattice:list", "lattice:put");
        assertThat(complete("g")).contains("lattice:get", "get", "gogo:grep", "grep");
        assertThat(complete("lattice:put /x 1 | gr")).contains("grep");
    }

    @Test
    void completesOptionsThatAreNotThereYet() {
        assertThat(complete("lattice:list -")).containsExactly("--limit", "--values", "--store", "--json", "--help");
        assertThat(complete("list --values --limit 3 --")).containsExactly("--store", "--json", "--help");
        assertThat(complete("lattice:put -")).doesNotContain("--json");
    }

    @Test
    void completesValues() {
        assertThat(complete("lattice:get ")).containsExactly("/notes/");
        assertThat(complete("lattice:get --store ")).containsExactly("root");
        assertThat(complete("lattice:get --store root /notes/t")).containsExactly("/notes/today");
        assertThat(complete("lattice:put /x ")).isEmpty();
        assertThat(complete("lattice:get /x ")).isEmpty();
        assertThat(complete("lattice:nothing ")).isEmpty();
    }

    private List<String> complete(String line) {
        List<Candidate> candidates = new ArrayList<>();
        new CommandCompleter(shell, shell.session()).complete(null,
                new Parser().parse(line, line.length(), ParseContext.COMPLETE), candidates);
        return candidates.stream().map(Candidate::value).toList();
    }
}
