package lattice.shell.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.shell.Syntax;
import lattice.shell.internal.TestNode;
import lattice.shell.internal.TestShell;
import lattice.shell.internal.command.CommandLineParser;
import lattice.shell.internal.output.Screen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StoreCommandsTest {
    @TempDir
    Path home;

    private TestNode node;
    private TestShell shell;

    @BeforeEach
    void open() {
        node = new TestNode(home);
        shell = new TestShell(Screen.NONE, new PutCommand(node), new GetCommand(node), new DeleteCommand(node),
                new ListCommand(node), new HistoryCommand(node), new WatchCommand(node), new NodeCommand(node),
                new ExportCommand(node), new ImportCommand(node));
    }

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void putsAndGetsByteForByte() throws Exception {
        assertThat(shell.run("lattice:put /notes/today 'Grüße, *'; lattice:get /notes/today")).isZero();
        assertThat(shell.out()).isEqualTo("/notes/today has 10 bytes at revision 1.\nGrüße, *");

        byte[] bytes = {0, (byte) 0xff, 27, '\n'};
        Files.write(home.resolve("value.bin"), bytes);
        shell.session().gogo().currentDir(home);
        assertThat(shell.run("lattice:put /bin --file value.bin")).isZero();
        assertThat(node.rootStore().get(new Key("/bin")).orElseThrow().value()).isEqualTo(bytes);
        shell.out();
        assertThat(shell.run("lattice:get /bin --json")).isZero();
        assertThat(shell.out()).contains("\"base64\":\"AP8bCg==\"");
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        assertThat(shell.run("lattice:get /nothing")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("The store root has no /nothing; lattice:list shows what it has.\n");
        assertThat(shell.run("lattice:put nothing x")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("A key starts with '/', such as /notes/today; not 'nothing'.\n");
        assertThat(shell.run("lattice:put /x")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("lattice:put takes a value or --file, one of them.\n");
        assertThat(shell.run("lattice:put /x --file /no/such/file")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("There is no file /no/such/file.\n");
        assertThat(shell.run("lattice:list --store other")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("This node has no store 'other'; it has root.\n");
        assertThat(shell.run("lattice:watch --from yesterday")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("--from is a revision, a whole number from 0, not 'yesterday'.\n");
        assertThat(shell.run("lattice:watch --from 7")).isEqualTo(1);
        assertThat(shell.err()).isNotEmpty();
        Path large = Files.write(home.resolve("large"), new byte[Mutation.MAX_VALUE_BYTES + 1]);
        assertThat(shell.run("lattice:put /x --file " + large)).isEqualTo(1);
        assertThat(shell.err()).contains("the most is " + Mutation.MAX_VALUE_BYTES);
    }

    @Test
    void exportsAndImportsByteForByte() throws Exception {
        byte[] bytes = {0, (byte) 0xff, 27, '\n'};
        node.rootStore().put(new Key("/notes/bin"), bytes);
        node.rootStore().put(new Key("/notes/text"), "Grüße \"quoted\"\n");
        node.rootStore().put(new Key("/other"), "stays");
        Path file = home.resolve("notes.jsonl");
        assertThat(shell.run("lattice:export /notes " + file)).isZero();
        assertThat(shell.out()).isEqualTo("2 keys under /notes written to " + file + ".\n");
        assertThat(Files.readAllLines(file)).containsExactly("{\"key\":\"/notes/bin\",\"base64\":\"AP8bCg==\"}",
                "{\"key\":\"/notes/text\",\"text\":\"Grüße \\\"quoted\\\"\\n\"}");

        node.rootStore().delete(new Key("/notes/bin"));
        node.rootStore().put(new Key("/notes/text"), "changed");
        assertThat(shell.run("lattice:import " + file)).isZero();
        assertThat(shell.out()).isEqualTo("2 keys of " + file + " put into root.\n");
        assertThat(node.rootStore().get(new Key("/notes/bin")).orElseThrow().value()).isEqualTo(bytes);
        assertThat(node.rootStore().get(new Key("/notes/text")).orElseThrow().text()).isEqualTo("Grüße \"quoted\"\n");

        assertThat(shell.run("lattice:export /notes " + file)).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("There is a file " + file + " already: name another one.\n");
        assertThat(shell.run("lattice:export /notes " + home.resolve("gone/notes.jsonl"))).isEqualTo(1);
        assertThat(shell.err()).contains("There is no directory").contains("gone");
    }

    @Test
    void whatIsNoFileOfLinesIsNotImported() throws Exception {
        Path file = home.resolve("foreign");
        assertThat(shell.run("lattice:import " + file)).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("There is no file " + file + ".\n");
        Files.write(file, new byte[] {'P', 'K', 3, 4, (byte) 0xff, (byte) 0xfe});
        assertThat(shell.run("lattice:import " + file)).isEqualTo(1);
        assertThat(shell.err()).contains("no text in UTF-8");
    }

    @Test
    void importsAllOfAFileOrNothing() throws Exception {
        Path file = home.resolve("broken.jsonl");
        for (String line : List.of("", "[]", "{\"key\":\"/b\"}", "{\"key\":\"b\",\"text\":\"\"}",
                "{\"key\":\"/b\",\"text\":1}", "{\"key\":\"/b\",\"text\":\"\",\"more\":\"\"}",
                "{\"key\":\"/b\",\"text\":\"\"} {}", "{\"key\":\"/b\",\"base64\":\"*\"}")) {
            Files.write(file, List.of("{\"key\":\"/a\",\"text\":\"1\"}", line));
            assertThat(shell.run("lattice:import " + file)).as(line).isEqualTo(1);
            assertThat(shell.err()).as(line).startsWith("Line 2 of " + file + " can't be taken, so nothing was: ")
                    .hasLineCount(1);
            assertThat(node.rootStore().get(new Key("/a"))).as(line).isEmpty();
        }
    }

    @Test
    void listsKeysUnderAPrefix() throws Exception {
        for (String key : new String[] {"/a/1", "/a/2", "/a/3", "/ab", "/b"}) {
            node.rootStore().put(new Key(key), "value of " + key);
        }
        assertThat(shell.run("lattice:list /a --values --json")).isZero();
        assertThat(shell.out()).contains("\"key\":\"/a/1\"", "\"value\":\"value of /a/3\"").doesNotContain("/ab", "/b\"");
        assertThat(shell.run("lattice:list / --limit 2")).isZero();
        assertThat(shell.out()).contains("/a/1", "/a/2", "There is more").doesNotContain("/a/3");
        assertThat(shell.run("lattice:list /c")).isZero();
        assertThat(shell.out()).isEmpty();
        assertThat(shell.err()).isEqualTo("The store root has nothing under /c.\n");
    }

    @Test
    void deletesAndRemembers() throws Exception {
        assertThat(shell.run("lattice:put /x one; lattice:put /x two; lattice:delete /x; lattice:delete /x")).isZero();
        assertThat(shell.out()).endsWith("/x is gone at revision 3.\nThe store root has no /x.\n");

        assertThat(shell.run("lattice:history /x")).isZero();
        assertThat(shell.out().lines().map(line -> line.replaceAll(" +", " ").strip()))
                .anyMatch(line -> line.startsWith("3 ") && line.endsWith(" current (deleted)"))
                .anyMatch(line -> line.startsWith("2 ") && line.endsWith(" overwritten two"))
                .anyMatch(line -> line.startsWith("1 ") && line.endsWith(" overwritten one"));
    }

    @Test
    void watchesFromThePastIntoTheFuture() throws Exception {
        node.rootStore().put(new Key("/x/1"), "past");
        node.rootStore().put(new Key("/y"), "elsewhere");
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> {
            try {
                return shell.run("lattice:watch /x --from 0 --count 3");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!shell.outSoFar().contains("past") && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        node.rootStore().put(new Key("/x/2"), "now");
        node.rootStore().delete(new Key("/x/1"));

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(shell.out().lines()).satisfiesExactly(
                line -> assertThat(line).startsWith("1  /x/1 = past ("),
                line -> assertThat(line).startsWith("3  /x/2 = now ("),
                line -> assertThat(line).startsWith("4  /x/1 is gone ("));
    }

    @Test
    void watchesAsLinesOfJson() throws Exception {
        node.rootStore().put(new Key("/x"), "a");
        node.rootStore().delete(new Key("/x"));

        assertThat(shell.run("lattice:watch --from 0 --count 2 --json")).isZero();

        assertThat(shell.out().lines()).satisfiesExactly(
                line -> assertThat(line).startsWith("{\"revision\":1,\"key\":\"/x\",\"change\":\"put\",\"value\":\"a\","),
                line -> assertThat(line).startsWith("{\"revision\":2,\"key\":\"/x\",\"change\":\"delete\","));
    }

    @Test
    void showsTheNode() throws Exception {
        assertThat(shell.run("lattice:node")).isZero();
        assertThat(shell.out()).contains("id         " + node.id().hex(), "up         1 d 2 h 0 min 0 s", "clock      good",
                "NAME  ID");
        assertThat(shell.run("lattice:node --json")).isZero();
        assertThat(shell.out()).contains("\"id\":\"" + node.id().hex() + "\"", "\"stores\":[{\"name\":\"root\"");
    }

    @Test
    void completesKeysStepByStep() {
        for (int i = 0; i < 1000; i++) {
            node.rootStore().put(new Key("/many/below/" + i), "");
        }
        node.rootStore().put(new Key("/many/more"), "");
        node.rootStore().put(new Key("/many-x"), "");

        assertThat(candidates("/")).containsExactly("/many-x", "/many/");
        assertThat(candidates("/ma")).containsExactly("/many-x", "/many/");
        assertThat(candidates("/many/")).containsExactly("/many/below/", "/many/more");
        assertThat(candidates("/many/below/99")).hasSize(11).contains("/many/below/99", "/many/below/990");
        assertThat(candidates("/many/below/")).hasSize(100);
        assertThat(candidates("/many/more")).containsExactly("/many/more");
        assertThat(candidates("no path")).isEmpty();
        assertThat(candidates("/a//b")).isEmpty();
    }

    private List<String> candidates(String typed) {
        GetCommand command = new GetCommand(node);
        Syntax syntax = command.syntax();
        return command.candidates(Stores.KEY,
                new CommandLineParser(syntax).unfinished(List.of(typed), home));
    }
}
