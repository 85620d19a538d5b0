package lattice.shell.internal.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import lattice.api.store.Key;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Table;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import org.junit.jupiter.api.Test;

final class HealthCommandTest {
    private static final Key HEALTH = new Key("/nodes/" + TestNodeStatus.NODE + "/health");
    private static final String SUMMARY = """
            {"v": 1, "status": "CRITICAL", "since": "2026-01-01T00:00:00Z",
             "checks": [{"name": "disk", "status": "OK"},
                        {"name": "services", "status": "CRITICAL", "problems": ["test.service failed: It broke."]}]}
            """;

    private final InMemoryStore store = new InMemoryStore();
    private long uptimeMillis = 60_000;

    @Test
    void eachCheckOfThisNodeIsALine() throws Exception {
        store.put(HEALTH, SUMMARY);
        assertThat(run(false).rows()).containsExactly(
                List.of("disk", new Styled("ok", Styled.Tone.GOOD), List.of()),
                List.of("services", new Styled("critical", Styled.Tone.BAD), List.of("test.service failed: It broke.")));
    }

    @Test
    void withoutTheServiceItSaysWhatToDo() {
        assertThatThrownBy(() -> run(false)).isInstanceOf(CommandException.class)
                .hasMessageContaining("lattice:declare lattice.health").hasMessageContaining("lattice:consent lattice.health");
    }

    @Test
    void aServiceThatHasJustStartedIsNotAskedForAgain() throws Exception {
        Key status = new Key("/nodes/" + TestNodeStatus.NODE + "/services/lattice.health");
        store.put(status, "{\"v\":1,\"state\":\"Running\"}");
        assertThatThrownBy(() -> run(false)).hasMessageContaining("ask again in a moment");
        store.put(status, "{\"v\":1,\"state\":\"Refused\"}");
        assertThatThrownBy(() -> run(false)).hasMessageContaining("lattice:declare lattice.health");
        store.put(status, "no JSON");
        assertThatThrownBy(() -> run(false)).hasMessageContaining("lattice:declare lattice.health");
    }

    @Test
    void whatAnEarlierRunLeftBehindIsNotTheHealthOfThisOne() throws Exception {
        store.put(HEALTH, SUMMARY);
        uptimeMillis = -1000;
        assertThatThrownBy(() -> run(false)).hasMessageContaining("lattice:declare lattice.health");
        assertThat(run(true).rows()).isEmpty();
    }

    @Test
    void everyNodeIsALineAndNoneSpoilsTheOthers() throws Exception {
        store.put(HEALTH, SUMMARY);
        for (String nonsense : List.of("", "no JSON", "[]", "{}", "{\"v\":1,\"since\":\"2026-01-01T00:00:00Z\"}")) {
            store.put(new Key("/nodes/abc/health"), nonsense);
            assertThat(run(true).rows()).hasSize(2);
            assertThat(run(true).rows().get(0)).containsExactly("7e577e57", new Styled("critical", Styled.Tone.BAD),
                    Instant.parse("2026-01-01T00:00:00Z"), List.of("test.service failed: It broke."));
            assertThat(run(true).rows().get(1)).contains("abc", new Styled("unreadable", Styled.Tone.BAD));
        }
    }

    private Table run(boolean all) throws Exception {
        Table[] shown = new Table[1];
        Node node = fake(Node.class, (method, arguments) -> switch (method) {
            case "id" -> TestNodeStatus.NODE;
            case "rootStore" -> store;
            case "uptimeMillis" -> uptimeMillis;
            default -> throw new UnsupportedOperationException(method);
        });
        Arguments arguments = fake(Arguments.class, (method, values) -> all);
        Output output = fake(Output.class, (method, values) -> {
            shown[0] = (Table) values[0];
            return null;
        });
        new HealthCommand(node).run(arguments, output);
        return shown[0];
    }

    private interface Answer {
        Object to(String method, Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
    }
}
