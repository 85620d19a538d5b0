package lattice.service.irc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client is told differently if it asks for it. */
@Timeout(60)
class CapabilitiesTest {
    private static final String TIME = "time=\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";
    private static final String ID = "msgid=[0-9a-f]+-[0-9a-f]{8}-[0-9a-f]+-\\d+";

    private TestGateway gateway;
    private LineClient plain;

    @BeforeEach
    void start() throws Exception {
        gateway = TestGateway.start(TestGateway.store(), Map.of("burstLines", 1000L));
        plain = gateway.connect("plain");
        plain.join("#lattice");
    }

    @AfterEach
    void stop() throws Exception {
        plain.close();
        gateway.close();
    }

    private LineClient connect(String nick, String capabilities) throws Exception {
        LineClient client = gateway.connect();
        client.send("CAP LS 302", "CAP REQ :" + capabilities, "NICK " + nick, "USER " + nick + " 0 * :" + nick, "CAP END");
        client.readUntil(" 422 ");
        return client;
    }

    /** Waits until what was sent before is in the store. */
    private void stored() throws Exception {
        plain.send("MODE #lattice +s");
        plain.readUntil("MODE #lattice +s");
    }

    @Test
    void historyIsABatchWithTimesAndIds() throws Exception {
        plain.send("PRIVMSG #lattice :one", "NOTICE #lattice :two", "PRIVMSG #lattice :\u0001VERSION\u0001",
                "PRIVMSG #lattice :\u0001ACTION three\u0001");
        stored();
        try (LineClient modern = connect("modern", "batch server-time message-tags")) {
            modern.send("JOIN #lattice");
            List<String> lines = modern.readUntil("BATCH -");
            String batch = lines.get(3).replaceAll(".* \\+(\\S+) .*", "$1");
            assertThat(lines.get(0)).matches("@" + TIME + " :modern!~modern@127\\.0\\.0\\.1 JOIN #lattice");
            assertThat(lines.get(3)).isEqualTo(":irc.lattice BATCH +" + batch + " chathistory #lattice");
            String tags = "@batch=" + batch + ";" + TIME + ";" + ID + " :plain!~plain@127\\.0\\.0\\.1 ";
            assertThat(lines.get(4)).matches(tags + "PRIVMSG #lattice :one");
            assertThat(lines.get(5)).matches(tags + "NOTICE #lattice :two");
            assertThat(lines.get(6)).matches(tags + "PRIVMSG #lattice :\u0001ACTION three\u0001");
            assertThat(lines.get(7)).isEqualTo(":irc.lattice BATCH -" + batch);
            assertThat(lines).hasSize(8);
        }
    }

    @Test
    void echoComesFromTheStoreAsEveryoneSeesIt() throws Exception {
        try (LineClient echo = connect("echo", "echo-message message-tags server-time");
                LineClient other = connect("other", "message-tags server-time")) {
            echo.join("#lattice");
            other.join("#lattice");
            echo.sync();
            echo.send("@+draft/reply=x;time=fake;+bad_name=1 PRIVMSG #lattice :hello");
            String seen = other.read();
            assertThat(seen).matches("@" + TIME + ";\\+draft/reply=x;" + ID + " :echo!~echo@127\\.0\\.0\\.1 PRIVMSG #lattice "
                    + ":hello");
            echo.expect(seen);
            plain.readUntil(":echo!~echo@127.0.0.1 PRIVMSG #lattice :hello");
            echo.send("PRIVMSG plain :psst");
            assertThat(echo.read()).matches("@" + TIME + " :echo!~echo@127\\.0\\.0\\.1 PRIVMSG plain :psst");
            plain.expect(":echo!~echo@127.0.0.1 PRIVMSG plain :psst");
        }
    }

    @Test
    void tagsAloneReachThoseWhoKnowTags() throws Exception {
        try (LineClient one = connect("one", "message-tags"); LineClient two = connect("two", "message-tags")) {
            one.join("#lattice");
            two.join("#lattice");
            plain.sync();
            one.sync();
            one.send("@+typing=active TAGMSG #lattice", "@+typing=done TAGMSG two", "TAGMSG #lattice");
            two.expect("@+typing=active :one!~one@127.0.0.1 TAGMSG #lattice", "@+typing=done :one!~one@127.0.0.1 TAGMSG two");
            assertThat(plain.sync()).isEmpty();
        }
    }

    @Test
    void namesJoinsAndAwaysInFull() throws Exception {
        try (LineClient full = connect("full",
                "multi-prefix userhost-in-names extended-join away-notify setname invite-notify")) {
            plain.send("MODE #lattice +v plain", "AWAY :back soon");
            plain.sync();
            full.send("JOIN #lattice");
            full.expect(":full!~full@127.0.0.1 JOIN #lattice * :full",
                    ":irc.lattice 353 full = #lattice :@+plain!~plain@127.0.0.1 full!~full@127.0.0.1",
                    ":irc.lattice 366 full #lattice :End of /NAMES list");
            plain.send("AWAY", "AWAY :gone", "SETNAME :no such capability asked for");
            full.expect(":plain!~plain@127.0.0.1 AWAY", ":plain!~plain@127.0.0.1 AWAY :gone",
                    ":plain!~plain@127.0.0.1 SETNAME :no such capability asked for");
            assertThat(plain.sync()).contains(":full!~full@127.0.0.1 JOIN #lattice")
                    .noneMatch(line -> line.contains("SETNAME"));
            try (LineClient away = connect("away", "away-notify"); LineClient guest = gateway.connect("guest")) {
                away.send("AWAY :from the start", "JOIN #lattice");
                full.expect(":away!~away@127.0.0.1 JOIN #lattice * :away", ":away!~away@127.0.0.1 AWAY :from the start");
                plain.send("MODE #lattice +o full", "INVITE guest #lattice");
                full.expect(":plain!~plain@127.0.0.1 MODE #lattice +o full",
                        ":plain!~plain@127.0.0.1 INVITE guest #lattice");
                guest.expect(":plain!~plain@127.0.0.1 INVITE guest #lattice");
            }
        }
    }

    @Test
    void settingsThatCanChangeWhileItRunsDo() throws Exception {
        plain.send("PRIVMSG #lattice :one", "PRIVMSG #lattice :two");
        stored();
        assertThat(gateway.instance().reconfigure(TestGateway.config(Map.of("port", 1L)))).isFalse();
        assertThat(gateway.instance().reconfigure(TestGateway.config(Map.of("history", 1L, "motd", "Changed.")))).isTrue();
        plain.send("MOTD");
        plain.readUntil(":irc.lattice 372 plain :- Changed.");
        try (LineClient late = gateway.connect("late")) {
            late.send("JOIN #lattice");
            List<String> lines = late.readUntil(" two");
            assertThat(lines).hasSize(4);
        }
    }
}
