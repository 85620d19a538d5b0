package lattice.service.irc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients see of a store that fails, that others write to, or that grows. */
@Timeout(60)
class StoreTroubleTest {
    private static final Prefix LOG = new Prefix("/state/lattice.irc-gateway/channels/#lattice/log");

    private final InMemoryStore store = TestGateway.store();

    @Test
    void whatCouldNotBeStoredIsSaidSo() throws Exception {
        try (TestGateway gateway = TestGateway.start(store, Map.of());
                LineClient alice = gateway.connect("alice"); LineClient bob = gateway.connect("bob")) {
            alice.join("#lattice");
            bob.join("#lattice");
            alice.sync();
            store.unavailable("The disk is full.");
            alice.send("PRIVMSG #lattice :lost?");
            assertThat(alice.read()).startsWith(":irc.lattice 404 alice #lattice :Cannot send to channel: ")
                    .contains("The disk is full.");
            alice.send("NOTICE #lattice :lost?");
            assertThat(alice.read()).startsWith(":irc.lattice NOTICE alice :Your notice to #lattice was not sent: ");
            alice.send("TOPIC #lattice :lost?");
            assertThat(alice.read()).startsWith(":irc.lattice NOTICE alice :The topic of #lattice was not set: ");
            alice.send("MODE #lattice +m");
            assertThat(alice.read()).startsWith(":irc.lattice NOTICE alice :The modes of #lattice were not changed: ");
            store.available();
            alice.send("PRIVMSG #lattice :here again");
            bob.expect(":alice!~alice@127.0.0.1 PRIVMSG #lattice :here again");
        }
    }

    @Test
    void channelsBeyondTheLimitAreRefusedInWords() throws Exception {
        try (TestGateway gateway = TestGateway.start(store, Map.of("maxChannels", 1L));
                LineClient alice = gateway.connect("alice")) {
            alice.join("#one");
            alice.join("#two");
            alice.send("PRIVMSG #one :x");
            alice.sync();
            alice.send("PRIVMSG #two :x");
            alice.expect(":irc.lattice 404 alice #two :Cannot send to channel: "
                    + "There are 1 channels already, and no more are kept.");
        }
    }

    @Test
    void usersMayBeKeptToTheChannelsThatAreThere() throws Exception {
        try (TestGateway gateway = TestGateway.start(store, Map.of("userChannels", false, "channels", List.of("#here")));
                LineClient alice = gateway.connect("alice")) {
            alice.send("JOIN #elsewhere", "JOIN #HERE");
            alice.expect(":irc.lattice 403 alice #elsewhere :No such channel", ":alice!~alice@127.0.0.1 JOIN #here");
        }
    }

    @Test
    void whatOthersWriteIsShownIfItCanBeAndPassedOverIfNot() throws Exception {
        try (TestGateway gateway = TestGateway.start(store, Map.of()); LineClient alice = gateway.connect("alice")) {
            alice.join("#lattice");
            for (String value : List.of("not JSON", "null", "{}", "[]",
                    "{\"kind\":\"JOIN\",\"by\":{\"mask\":\"a!b@c\"},\"text\":\"x\"}",
                    "{\"kind\":\"PRIVMSG\",\"by\":{\"mask\":\"no mask\"},\"text\":\"x\"}",
                    "{\"kind\":\"PRIVMSG\",\"by\":{\"mask\":\"a!b@c\"},\"text\":\"x\",\"tags\":{\"time\":\"1\"}}")) {
                store.put(new Key(LOG + "/1"), value);
            }
            store.put(new Key(LOG + "/2"), "{\"kind\":\"PRIVMSG\",\"by\":{\"mask\":\"bot!b@mesh\"},\"later\":1,"
                    + "\"text\":\"hi\\r\\nQUIT :gone\"}");
            store.put(new Key("/state/lattice.irc-gateway/channels/#lattice/modes/k"),
                    "{\"letter\":\"k\",\"on\":true,\"param\":\"a b\",\"by\":{\"mask\":\"a!b@c\"}}");
            alice.expect(":bot!b@mesh PRIVMSG #lattice :hi  QUIT :gone");
            assertThat(alice.sync()).isEmpty();
        }
    }

    @Test
    void oldLinesArePruned() throws Exception {
        try (TestGateway gateway = TestGateway.start(store, Map.of("retention", 20L, "history", 10L,
                "linesPerSecond", 1000L, "burstLines", 1000L));
                LineClient alice = gateway.connect("alice")) {
            alice.join("#lattice");
            for (int i = 0; i < 200; i++) {
                alice.send("PRIVMSG #lattice :line " + i);
            }
            alice.send("PING all");
            alice.readUntil(":all");
            await(() -> lines().size() <= 40 && lines().get(lines().size() - 1).contains("line 199"));
            try (LineClient bob = gateway.connect("bob")) {
                bob.send("JOIN #lattice");
                List<String> shown = bob.readUntil("line 199");
                assertThat(shown).hasSize(13);
                assertThat(shown.get(3)).endsWith("line 190");
            }
        }
    }

    @Test
    void moreHistoryIsReadFromTheStoreAndNotToldAgain() throws Exception {
        try (TestGateway gateway = TestGateway.start(store, Map.of("history", 5L)); LineClient alice = gateway.connect("alice")) {
            alice.join("#lattice");
            alice.send("PRIVMSG #lattice :first");
            await(() -> lines().size() == 1);
            assertThat(gateway.instance().reconfigure(TestGateway.config(Map.of("history", 50L)))).isTrue();
            store.put(new Key(LOG + "/zz"), "{\"kind\":\"PRIVMSG\",\"by\":{\"mask\":\"bot!b@mesh\"},\"text\":\"after\"}");
            alice.expect(":bot!b@mesh PRIVMSG #lattice :after");
            assertThat(alice.sync()).isEmpty();
        }
    }

    private List<String> lines() {
        return store.scan(LOG).map(Entry::text).toList();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            Thread.sleep(10);
        }
    }
}
