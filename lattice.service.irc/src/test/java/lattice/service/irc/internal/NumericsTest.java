package lattice.service.irc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the server answers, byte for byte. */
@Timeout(60)
class NumericsTest {
    private TestGateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = TestGateway.start(TestGateway.store(), Map.of("motd", "Be kind.\n\nAnd brief.",
                "channels", List.of("#lattice", "#Help"), "maxChannelsPerClient", 3L, "burstLines", 1000L));
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    @Test
    void registration() throws Exception {
        try (LineClient client = gateway.connect()) {
            client.send("PASS secret", "NICK Alice", "USER al!ice 0 * :Alice A.");
            client.expect(
                    ":irc.lattice 001 Alice :Welcome to the Lattice IRC Network Alice!~alice@127.0.0.1",
                    ":irc.lattice 002 Alice :Your host is irc.lattice, running version lattice-irc-0.1");
            assertThat(client.read()).startsWith(":irc.lattice 003 Alice :This server was created 20");
            client.expect(
                    ":irc.lattice 004 Alice irc.lattice lattice-irc-0.1 i biklmnostv bklov",
                    ":irc.lattice 005 Alice AWAYLEN=200 CASEMAPPING=rfc1459 CHANLIMIT=#:3 CHANMODES=b,k,l,imnst "
                            + "CHANNELLEN=64 CHANTYPES=# ELIST=MU KEYLEN=23 KICKLEN=255 MAXLIST=b:100 MODES=15 "
                            + "NETWORK=Lattice NICKLEN=30 :are supported by this server",
                    ":irc.lattice 005 Alice PREFIX=(ov)@+ SAFELIST TARGMAX=JOIN:,KICK:1,LIST:,NAMES:1,NOTICE:4,PART:,"
                            + "PRIVMSG:4,TAGMSG:4,WHOIS:1 TOPICLEN=300 USERLEN=18 UTF8ONLY WHOX "
                            + ":are supported by this server",
                    ":irc.lattice 251 Alice :There are 1 users and 0 invisible on 1 servers",
                    ":irc.lattice 252 Alice 0 :operator(s) online",
                    ":irc.lattice 253 Alice 0 :unknown connection(s)",
                    ":irc.lattice 254 Alice 2 :channels formed",
                    ":irc.lattice 255 Alice :I have 1 clients and 0 servers",
                    ":irc.lattice 265 Alice 1 1 :Current local users 1, max 1",
                    ":irc.lattice 266 Alice 1 1 :Current global users 1, max 1",
                    ":irc.lattice 375 Alice :- irc.lattice Message of the day -",
                    ":irc.lattice 372 Alice :- Be kind.",
                    ":irc.lattice 372 Alice :- ",
                    ":irc.lattice 372 Alice :- And brief.",
                    ":irc.lattice 376 Alice :End of /MOTD command");
        }
    }

    @Test
    void beforeRegistration() throws Exception {
        try (LineClient taken = gateway.connect("taken"); LineClient client = gateway.connect()) {
            client.send("JOIN #lattice", "FOO", "NICK", "NICK 1up", "NICK Taken", "USER", "NICK bob", "NICK taken",
                    "PING x", "PING");
            client.expect(
                    ":irc.lattice 451 * :You have not registered",
                    ":irc.lattice 451 * :You have not registered",
                    ":irc.lattice 431 * :No nickname given",
                    ":irc.lattice 432 * 1up :Erroneous nickname",
                    ":irc.lattice 433 * Taken :Nickname is already in use",
                    ":irc.lattice 461 * USER :Not enough parameters",
                    ":irc.lattice 433 bob taken :Nickname is already in use",
                    ":irc.lattice PONG irc.lattice :x",
                    ":irc.lattice 409 bob :No origin specified");
        }
    }

    @Test
    void capabilities() throws Exception {
        try (LineClient client = gateway.connect()) {
            client.send("CAP LS 302", "NICK bob", "USER bob 0 * :Bob", "CAP REQ :server-time sasl", "CAP REQ :echo-message",
                    "CAP LIST", "CAP REQ :-echo-message", "CAP LIST", "CAP NONSENSE", "CAP END");
            client.expect(
                    ":irc.lattice CAP * LS :away-notify batch cap-notify echo-message extended-join invite-notify "
                            + "message-tags multi-prefix server-time setname userhost-in-names",
                    ":irc.lattice CAP bob NAK :server-time sasl",
                    ":irc.lattice CAP bob ACK :echo-message",
                    ":irc.lattice CAP bob LIST :cap-notify echo-message",
                    ":irc.lattice CAP bob ACK :-echo-message",
                    ":irc.lattice CAP bob LIST :cap-notify",
                    ":irc.lattice 410 bob NONSENSE :Invalid CAP command",
                    ":irc.lattice 001 bob :Welcome to the Lattice IRC Network bob!~bob@127.0.0.1");
        }
    }

    @Test
    void joinNamesAndPart() throws Exception {
        try (LineClient alice = gateway.connect("alice"); LineClient bob = gateway.connect("bob")) {
            alice.send("JOIN #LATTICE,lattice,#,#a:b");
            alice.expect(
                    ":alice!~alice@127.0.0.1 JOIN #lattice",
                    ":irc.lattice 353 alice = #lattice :@alice",
                    ":irc.lattice 366 alice #lattice :End of /NAMES list",
                    ":irc.lattice 403 alice lattice :No such channel",
                    ":alice!~alice@127.0.0.1 JOIN #",
                    ":irc.lattice 353 alice = # :@alice",
                    ":irc.lattice 366 alice # :End of /NAMES list",
                    ":irc.lattice 476 alice #a:b :Bad Channel Mask");
            bob.send("JOIN #lattice", "JOIN #lattice", "NAMES #lattice", "NAMES #none", "PART #lattice :bye now",
                    "PART #lattice", "PART #none");
            bob.expect(
                    ":bob!~bob@127.0.0.1 JOIN #lattice",
                    ":irc.lattice 353 bob = #lattice :@alice bob",
                    ":irc.lattice 366 bob #lattice :End of /NAMES list",
                    ":irc.lattice 353 bob = #lattice :@alice bob",
                    ":irc.lattice 366 bob #lattice :End of /NAMES list",
                    ":irc.lattice 366 bob #none :End of /NAMES list",
                    ":bob!~bob@127.0.0.1 PART #lattice :bye now",
                    ":irc.lattice 442 bob #lattice :You're not on that channel",
                    ":irc.lattice 403 bob #none :No such channel");
            alice.expect(":bob!~bob@127.0.0.1 JOIN #lattice", ":bob!~bob@127.0.0.1 PART #lattice :bye now");
            bob.send("JOIN #a,#b,#c,#d");
            bob.readUntil(" 366 bob #c ");
            bob.expect(":irc.lattice 405 bob #d :You have joined too many channels");
            bob.send("JOIN 0");
            bob.expect(":bob!~bob@127.0.0.1 PART #a", ":bob!~bob@127.0.0.1 PART #b", ":bob!~bob@127.0.0.1 PART #c");
        }
    }

    @Test
    void whoIsWho() throws Exception {
        try (LineClient alice = gateway.connect("alice"); LineClient bob = gateway.connect("bob")) {
            alice.join("#lattice");
            bob.join("#lattice");
            bob.send("AWAY :lunch", "AWAY :lunch");
            bob.expect(":irc.lattice 306 bob :You have been marked as being away",
                    ":irc.lattice 306 bob :You have been marked as being away");
            alice.sync();
            alice.send("WHO #lattice", "WHO b*", "WHO bob %tcuhnfr,42", "WHOIS BOB", "WHOIS nobody", "WHOIS",
                    "ISON bob nobody ALICE", "USERHOST bob alice", "WHOWAS carol", "PRIVMSG bob :hi");
            alice.expect(
                    ":irc.lattice 352 alice #lattice ~alice 127.0.0.1 irc.lattice alice H@ :0 The real alice",
                    ":irc.lattice 352 alice #lattice ~bob 127.0.0.1 irc.lattice bob G :0 The real bob",
                    ":irc.lattice 315 alice #lattice :End of /WHO list",
                    ":irc.lattice 352 alice * ~bob 127.0.0.1 irc.lattice bob G :0 The real bob",
                    ":irc.lattice 315 alice b* :End of /WHO list",
                    ":irc.lattice 354 alice 42 * ~bob 127.0.0.1 bob G :The real bob",
                    ":irc.lattice 315 alice bob :End of /WHO list",
                    ":irc.lattice 311 alice bob ~bob 127.0.0.1 * :The real bob",
                    ":irc.lattice 319 alice bob :#lattice",
                    ":irc.lattice 312 alice bob irc.lattice :Lattice",
                    ":irc.lattice 301 alice bob :lunch");
            assertThat(alice.read()).matches(":irc\\.lattice 317 alice bob \\d+ \\d{10} :seconds idle, signon time");
            alice.expect(
                    ":irc.lattice 318 alice bob :End of /WHOIS list",
                    ":irc.lattice 401 alice nobody :No such nick/channel",
                    ":irc.lattice 318 alice nobody :End of /WHOIS list",
                    ":irc.lattice 431 alice :No nickname given",
                    ":irc.lattice 303 alice :bob alice",
                    ":irc.lattice 302 alice :bob=-~bob@127.0.0.1 alice=+~alice@127.0.0.1",
                    ":irc.lattice 406 alice carol :There was no such nickname",
                    ":irc.lattice 369 alice carol :End of WHOWAS",
                    ":irc.lattice 301 alice bob :lunch");
            bob.send("NICK bobby", "QUIT :gone");
            alice.expect(":bob!~bob@127.0.0.1 NICK bobby", ":bobby!~bob@127.0.0.1 QUIT :Quit: gone");
            alice.send("WHOWAS bobby");
            alice.expect(":irc.lattice 314 alice bobby ~bob 127.0.0.1 * :The real bob");
        }
    }

    @Test
    void talkingErrors() throws Exception {
        try (LineClient alice = gateway.connect("alice"); LineClient bob = gateway.connect("bob")) {
            alice.join("#lattice");
            bob.send("PRIVMSG", "PRIVMSG #lattice", "PRIVMSG nobody :x", "PRIVMSG #none :x", "PRIVMSG #lattice :x",
                    "NOTICE nobody :x", "PRIVMSG a,b,c,d,e :x", "NONSENSE", "FOO\u00e9 x", "USER a b c d", "TOPIC #lattice :x",
                    "TOPIC #none", "KICK #lattice alice", "INVITE nobody #lattice", "OPER root secret", "JOIN", "WHOIS a b c");
            bob.expect(
                    ":irc.lattice 411 bob :No recipient given",
                    ":irc.lattice 412 bob :No text to send",
                    ":irc.lattice 401 bob nobody :No such nick/channel",
                    ":irc.lattice 403 bob #none :No such channel",
                    ":irc.lattice 404 bob #lattice :Cannot send to channel",
                    ":irc.lattice 407 bob e :Too many targets",
                    ":irc.lattice 401 bob a :No such nick/channel",
                    ":irc.lattice 401 bob b :No such nick/channel",
                    ":irc.lattice 401 bob c :No such nick/channel",
                    ":irc.lattice 401 bob d :No such nick/channel",
                    ":irc.lattice 421 bob NONSENSE :Unknown command",
                    ":irc.lattice 421 bob FOO\u00c9 :Unknown command",
                    ":irc.lattice 462 bob :You may not reregister",
                    ":irc.lattice 442 bob #lattice :You're not on that channel",
                    ":irc.lattice 403 bob #none :No such channel",
                    ":irc.lattice 442 bob #lattice :You're not on that channel",
                    ":irc.lattice 401 bob nobody :No such nick/channel",
                    ":irc.lattice 491 bob :No O-lines for your host",
                    ":irc.lattice 461 bob JOIN :Not enough parameters",
                    ":irc.lattice 401 bob b :No such nick/channel",
                    ":irc.lattice 318 bob b :End of /WHOIS list");
        }
    }

    @Test
    void topic() throws Exception {
        try (LineClient alice = gateway.connect("alice"); LineClient bob = gateway.connect("bob")) {
            alice.join("#lattice");
            bob.join("#lattice");
            alice.sync();
            bob.send("TOPIC #lattice", "TOPIC #lattice :mine");
            bob.expect(":irc.lattice 331 bob #lattice :No topic is set",
                    ":irc.lattice 482 bob #lattice :You're not channel operator");
            alice.send("TOPIC #lattice :ours");
            bob.expect(":alice!~alice@127.0.0.1 TOPIC #lattice :ours");
            alice.expect(":alice!~alice@127.0.0.1 TOPIC #lattice :ours");
            bob.send("TOPIC #lattice", "LIST", "LIST >1", "LIST #l*");
            bob.expect(":irc.lattice 332 bob #lattice :ours");
            assertThat(bob.read()).matches(":irc\\.lattice 333 bob #lattice alice!~alice@127\\.0\\.0\\.1 \\d{10}");
            bob.expect(
                    ":irc.lattice 321 bob Channel :Users  Name",
                    ":irc.lattice 322 bob #Help 0 :",
                    ":irc.lattice 322 bob #lattice 2 :ours",
                    ":irc.lattice 323 bob :End of /LIST",
                    ":irc.lattice 321 bob Channel :Users  Name",
                    ":irc.lattice 322 bob #lattice 2 :ours",
                    ":irc.lattice 323 bob :End of /LIST",
                    ":irc.lattice 321 bob Channel :Users  Name",
                    ":irc.lattice 322 bob #lattice 2 :ours",
                    ":irc.lattice 323 bob :End of /LIST");
            alice.send("TOPIC #lattice :");
            bob.expect(":alice!~alice@127.0.0.1 TOPIC #lattice :");
            bob.send("TOPIC #lattice");
            bob.expect(":irc.lattice 331 bob #lattice :No topic is set");
        }
    }

    @Test
    void modes() throws Exception {
        try (LineClient alice = gateway.connect("alice"); LineClient bob = gateway.connect("bob")) {
            alice.join("#lattice");
            bob.join("#lattice");
            alice.sync();
            bob.send("MODE #lattice", "MODE #lattice +m", "MODE #lattice +x", "MODE bob", "MODE bob +iw", "MODE bob",
                    "MODE alice +i", "MODE nobody", "MODE #none");
            bob.expect(
                    ":irc.lattice 324 bob #lattice +nt",
                    ":irc.lattice 482 bob #lattice :You're not channel operator",
                    ":irc.lattice 472 bob x :is unknown mode char to me",
                    ":irc.lattice 221 bob +",
                    ":bob!~bob@127.0.0.1 MODE bob +i",
                    ":irc.lattice 501 bob :Unknown MODE flag",
                    ":irc.lattice 221 bob +i",
                    ":irc.lattice 502 bob :Can't change mode for other users",
                    ":irc.lattice 401 bob nobody :No such nick/channel",
                    ":irc.lattice 403 bob #none :No such channel");
            alice.send("MODE #lattice +m-t+kl key 5");
            alice.expect(":alice!~alice@127.0.0.1 MODE #lattice +m-t+kl key 5");
            bob.expect(":alice!~alice@127.0.0.1 MODE #lattice +m-t+kl key 5");
            bob.send("MODE #lattice", "PRIVMSG #lattice :x", "TOPIC #lattice :free for all");
            assertThat(bob.read()).isEqualTo(":irc.lattice 324 bob #lattice +mnkl key 5");
            assertThat(bob.read()).matches(":irc\\.lattice 329 bob #lattice \\d{10}");
            bob.expect(":irc.lattice 404 bob #lattice :Cannot send to channel",
                    ":bob!~bob@127.0.0.1 TOPIC #lattice :free for all");
            alice.sync();
            alice.send("MODE #lattice +v bob", "MODE #lattice +o nobody", "MODE #lattice +l x", "MODE #lattice +o",
                    "MODE #lattice -k", "MODE #lattice +b *!*@evil.example", "MODE #lattice +b carol", "MODE #lattice b",
                    "MODE #lattice -b CAROL!*@*");
            List<String> seen = alice.readUntil("-b CAROL!*@*");
            assertThat(seen.get(0)).isEqualTo(":alice!~alice@127.0.0.1 MODE #lattice +v bob");
            assertThat(seen).contains(
                    ":irc.lattice 401 alice nobody :No such nick/channel",
                    ":irc.lattice 696 alice #lattice l x :A limit is a number from 1 to 999999999",
                    ":irc.lattice 461 alice MODE :Not enough parameters",
                    ":irc.lattice 368 alice #lattice :End of channel ban list",
                    ":alice!~alice@127.0.0.1 MODE #lattice -k *",
                    ":alice!~alice@127.0.0.1 MODE #lattice +b *!*@evil.example",
                    ":alice!~alice@127.0.0.1 MODE #lattice +b carol!*@*",
                    ":alice!~alice@127.0.0.1 MODE #lattice -b CAROL!*@*");
            bob.readUntil("-b CAROL!*@*");
            bob.send("PRIVMSG #lattice :now I may", "MODE #lattice b", "PING sync");
            assertThat(bob.read()).matches(":irc\\.lattice 367 bob #lattice \\*!\\*@evil\\.example "
                    + "alice!~alice@127\\.0\\.0\\.1 \\d{10}");
            bob.expect(":irc.lattice 368 bob #lattice :End of channel ban list");
            alice.expect(":bob!~bob@127.0.0.1 PRIVMSG #lattice :now I may");
        }
    }

    @Test
    void doorsAndKicks() throws Exception {
        try (LineClient alice = gateway.connect("alice"); LineClient bob = gateway.connect("bob")) {
            alice.join("#den");
            for (String[] door : new String[][] {{"+i", "-i", "473", "+i"}, {"+k key", "-k key", "475", "+k"},
                    {"+l 1", "-l", "471", "+l"}, {"+b bob", "-b bob!*@*", "474", "+b"}}) {
                alice.send("MODE #den " + door[0]);
                alice.readUntil("MODE #den ");
                bob.send("JOIN #den");
                bob.expect(":irc.lattice " + door[2] + " bob #den :Cannot join channel (" + door[3] + ")");
                alice.send("MODE #den " + door[1]);
                alice.readUntil("MODE #den ");
            }
            alice.send("MODE #den +i", "INVITE bob #den");
            alice.readUntil(":irc.lattice 341 alice bob #den");
            bob.expect(":alice!~alice@127.0.0.1 INVITE bob #den");
            alice.sync();
            bob.join("#den");
            alice.expect(":bob!~bob@127.0.0.1 JOIN #den");
            alice.send("INVITE bob #den", "KICK #den nobody", "KICK #den bob :out");
            alice.expect(
                    ":irc.lattice 443 alice bob #den :is already on channel",
                    ":irc.lattice 401 alice nobody :No such nick/channel",
                    ":alice!~alice@127.0.0.1 KICK #den bob :out");
            bob.expect(":alice!~alice@127.0.0.1 KICK #den bob :out");
            bob.send("JOIN #den");
            bob.expect(":irc.lattice 473 bob #den :Cannot join channel (+i)");
        }
    }

    @Test
    void serverQuestions() throws Exception {
        try (LineClient client = gateway.connect("bob")) {
            client.send("VERSION", "ADMIN other.server", "TIME", "INFO", "MOTD", "LUSERS");
            client.expect(":irc.lattice 351 bob lattice-irc-0.1 irc.lattice :Chat in a Lattice store");
            client.readUntil("WHOX");
            client.expect(":irc.lattice 402 bob other.server :No such server");
            assertThat(client.read()).matches(":irc\\.lattice 391 bob irc\\.lattice :\\w+, \\d.* GMT");
            client.readUntil(":irc.lattice 374 bob :End of /INFO list");
            client.readUntil(":irc.lattice 376 bob :End of /MOTD command");
            client.readUntil(":irc.lattice 266 bob 1 1 :Current global users 1, max 1");
        }
    }
}
