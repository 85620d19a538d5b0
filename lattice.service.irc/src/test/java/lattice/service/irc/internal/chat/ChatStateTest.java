package lattice.service.irc.internal.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.statemachine.StateView;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.testkit.InMemoryStore;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ChatStateTest {
    private static final Origin ALICE = new Origin("alice!~a@127.0.0.1", "s1");
    private static final int LIMIT = 3;

    private final InMemoryStore store = new InMemoryStore().register(ChatState.NAME, new ChatState());

    @Example
    void theFirstLineRegistersAChannel() {
        assertThat(send(say("#Lattice", "hello"))).isInstanceOf(CommandResult.Applied.class);
        assertThat(store.get(new Key("/state/lattice.irc-gateway/registry/#lattice")).orElseThrow().text())
                .isEqualTo("{\"name\":\"#Lattice\",\"by\":{\"mask\":\"alice!~a@127.0.0.1\",\"session\":\"s1\"}}");
        assertThat(lines("#lattice")).containsExactly("{\"kind\":\"PRIVMSG\",\"by\":{\"mask\":\"alice!~a@127.0.0.1\","
                + "\"session\":\"s1\"},\"text\":\"hello\",\"tags\":{}}");
    }

    @Example
    void linesStayInOrder() {
        for (int i = 0; i < 50; i++) {
            send(say("#a", "line " + i));
        }
        assertThat(lines("#A")).hasSize(50).isSortedAccordingTo((one, other) ->
                Integer.compare(number(one), number(other)));
    }

    private static int number(String line) {
        return Integer.parseInt(line.replaceAll(".*line (\\d+).*", "$1"));
    }

    @Example
    void thereIsAnEndToChannels() {
        for (String channel : List.of("#a", "#b", "#c")) {
            assertThat(send(say(channel, "x"))).isInstanceOf(CommandResult.Applied.class);
        }
        assertThat(send(say("#d", "x")))
                .isEqualTo(new CommandResult.Refused("There are 3 channels already, and no more are kept."));
        assertThat(send(say("#A", "y"))).isInstanceOf(CommandResult.Applied.class);
    }

    @Example
    void aTopicThatIsSetAlreadyChangesNothing() {
        ChatCommand command = new ChatCommand.SetTopic("#a", new Topic("what for", ALICE), LIMIT);
        assertThat(send(command)).isInstanceOf(CommandResult.Applied.class);
        assertThat(send(command)).isInstanceOf(CommandResult.NoEffect.class);
        assertThat(send(new ChatCommand.SetTopic("#b", new Topic("", ALICE), LIMIT)))
                .isInstanceOf(CommandResult.NoEffect.class);
    }

    @Example
    void modesAreRegistersAndOnlyChangesAreWritten() {
        assertThat(send(modes("#a", mode('n', true, ""), mode('m', false, ""), mode('l', false, ""))))
                .isInstanceOf(CommandResult.NoEffect.class);
        assertThat(send(modes("#a", mode('m', true, ""), mode('m', false, ""), mode('k', true, "key"))))
                .isInstanceOf(CommandResult.Applied.class);
        assertThat(store.get(ChatKeys.mode("#a", 'm')).orElseThrow().text()).contains("\"on\":false");
        assertThat(send(modes("#a", mode('k', true, "key")))).isInstanceOf(CommandResult.NoEffect.class);
        assertThat(send(modes("#a", mode('k', true, "other")))).isInstanceOf(CommandResult.Applied.class);
        assertThat(send(modes("#a", mode('n', false, "")))).isInstanceOf(CommandResult.Applied.class);
    }

    @Example
    void thereIsAnEndToBansAndToThoseThatWereLifted() {
        for (int i = 0; i < 300; i++) {
            String mask = "u" + i + "!*@*";
            assertThat(send(modes("#a", mode('b', true, mask)))).isInstanceOf(CommandResult.Applied.class);
            assertThat(send(modes("#a", mode('b', false, mask)))).isInstanceOf(CommandResult.Applied.class);
            assertThat(store.scan(Prefix.of(ChatKeys.bans("#a"))).count()).isLessThan(40);
        }
        for (int i = 0; i < ChatState.MAX_BANS; i++) {
            send(modes("#a", mode('b', true, "v" + i + "!*@*")));
        }
        assertThat(send(modes("#a", mode('b', true, "w!*@*"))))
                .isEqualTo(new CommandResult.Refused("A channel has at most 100 bans."));
        assertThat(send(modes("#a", mode('b', false, "V0!*@*"), mode('b', true, "w!*@*"))))
                .isInstanceOf(CommandResult.Applied.class);
    }

    @Example
    void pruningTakesTheOldest() {
        for (int i = 0; i < 20; i++) {
            send(say("#a", "line " + i));
        }
        assertThat(send(new ChatCommand.Prune("#A", 5))).isInstanceOf(CommandResult.Applied.class);
        assertThat(lines("#a")).hasSize(5).first().asString().contains("line 15");
        assertThat(send(new ChatCommand.Prune("#a", 5))).isInstanceOf(CommandResult.NoEffect.class);
        assertThat(send(new ChatCommand.Prune("#never", 0))).isInstanceOf(CommandResult.NoEffect.class);
    }

    @Example
    void unreadableValuesAreReplaced() {
        store.put(ChatKeys.topic("#a"), "not JSON");
        store.put(ChatKeys.mode("#a", 'm'), "[1]");
        assertThat(send(new ChatCommand.SetTopic("#a", new Topic("x", ALICE), LIMIT)))
                .isInstanceOf(CommandResult.Applied.class);
        assertThat(send(modes("#a", mode('m', true, "")))).isInstanceOf(CommandResult.Applied.class);
    }

    @Property
    void anyBytesAreAnsweredWithADecision(@ForAll("commands") String command) {
        Decision decision = new ChatState().decide(new Nothing(), command.getBytes(StandardCharsets.UTF_8));
        if (decision instanceof Decision.Accept accept) {
            assertThat(accept.effects()).allMatch(effect -> key(effect).path().startsWith("/state/lattice.irc-gateway/"));
        } else {
            assertThat(((Decision.Refuse) decision).reason()).startsWith("This is no command about chat: ");
        }
    }

    @Property
    void decisionsDependOnStateAndCommandAlone(@ForAll("commands") String command) {
        byte[] bytes = command.getBytes(StandardCharsets.UTF_8);
        assertThat(new ChatState().decide(new Nothing(), bytes)).isEqualTo(new ChatState().decide(new Nothing(), bytes));
    }

    /** Commands with parts that are good, bad, hostile or missing. */
    @Provide
    Arbitrary<String> commands() {
        Arbitrary<String> kind = Arbitraries.of("say", "topic", "modes", "prune", "drop");
        Arbitrary<String> channel = Arbitraries.of("\"#a\"", "\"#../../services\"", "\"#\\ud800\"", "\"#a\\r\\nQUIT\"", "7",
                "null", "\"" + "#".repeat(2000) + "\"");
        Arbitrary<String> by = Arbitraries.of("{\"mask\":\"a!b@c\",\"session\":\"s\"}", "{\"mask\":\"a b\"}", "null", "{}",
                "{\"mask\":\":x!y@z\"}");
        Arbitrary<String> text = Arbitraries.of("\"x\"", "\"\"", "null", "\"\\u0000\\r\\n\"", "[]", "\"" + "x".repeat(600) + "\"");
        Arbitrary<String> number = Arbitraries.of("1", "-1", "0", "null", "99999999999", "\"1\"");
        Arbitrary<String> more = Arbitraries.of("", ",\"extra\":1", ",\"keep\":3");
        return Combinators.combine(kind, channel, by, text, number, more).as((k, c, b, t, n, m) -> switch (k) {
            case "say" -> "{\"do\":\"say\",\"channel\":" + c + ",\"line\":{\"kind\":\"PRIVMSG\",\"by\":" + b + ",\"text\":" + t
                    + "},\"channelLimit\":" + n + m + "}";
            case "topic" -> "{\"do\":\"topic\",\"channel\":" + c + ",\"topic\":{\"text\":" + t + ",\"by\":" + b
                    + "},\"channelLimit\":" + n + m + "}";
            case "modes" -> "{\"do\":\"modes\",\"channel\":" + c + ",\"modes\":[{\"letter\":\"k\",\"on\":true,\"param\":" + t
                    + ",\"by\":" + b + "}],\"channelLimit\":" + n + m + "}";
            case "prune" -> "{\"do\":\"prune\",\"channel\":" + c + ",\"keep\":" + n + m + "}";
            default -> t + c;
        });
    }

    private static Key key(Effect effect) {
        return effect instanceof Effect.SetRegister set ? set.register() : ((Effect.AppendToLog) effect).log();
    }

    private CommandResult send(ChatCommand command) {
        return store.apply(ChatState.NAME, ChatJson.write(command)).toCompletableFuture().join();
    }

    private List<String> lines(String channel) {
        return store.scan(Prefix.of(ChatKeys.log(channel))).map(Entry::text).toList();
    }

    private static ChatCommand say(String channel, String text) {
        return new ChatCommand.Say(channel, new Line(Line.Kind.PRIVMSG, ALICE, text, Map.of()), LIMIT);
    }

    private static ChatCommand modes(String channel, Mode... modes) {
        return new ChatCommand.ChangeModes(channel, List.of(modes), LIMIT);
    }

    private static Mode mode(char letter, boolean on, String param) {
        return new Mode(letter, on, param, ALICE);
    }

    private static final class Nothing implements StateView {
        @Override
        public Optional<Entry> get(Key key) {
            return Optional.empty();
        }

        @Override
        public Stream<Entry> scan(Prefix prefix) {
            return Stream.empty();
        }
    }
}
