package lattice.service.irc.internal.session;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lattice.service.irc.internal.chat.ChannelState.Said;
import lattice.service.irc.internal.chat.Line;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Ctcp;
import lattice.service.irc.internal.protocol.Message;

/** Lines of a channel as messages: as they are said, and again to those who come later. */
final class Replay {
    private static final DateTimeFormatter TODAY = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter EARLIER =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    private final String server;
    private int batches;

    Replay(String server) {
        this.server = server;
    }

    /** A line as it is said. */
    static Outgoing live(String channel, Said said) {
        return outgoing(channel, said, said.line().text());
    }

    /**
     * Sends lines of the past, the oldest first: with their times if the client can read these, else with the time (UTC)
     * before the text as bouncers do; as one batch if the client knows batches.
     */
    void send(Session session, String channel, List<Said> lines, Instant now) {
        List<Said> shown = lines.stream().filter(said -> !Ctcp.isForClients(said.line().text())).toList();
        if (shown.isEmpty()) {
            return;
        }
        boolean batch = session.has(Capability.BATCH);
        String name = "history" + batches++;
        if (batch) {
            session.send(Message.of(server, "BATCH", "+" + name, "chathistory", channel));
        }
        for (Said said : shown) {
            String text = said.line().text();
            Outgoing line = outgoing(channel, said,
                    session.has(Capability.SERVER_TIME) ? text : Ctcp.prefixed(stamp(said.time(), now), text));
            session.send(batch ? line.inBatch(name) : line);
        }
        if (batch) {
            session.send(Message.of(server, "BATCH", "-" + name));
        }
    }

    private static Outgoing outgoing(String channel, Said said, String text) {
        Line line = said.line();
        Map<String, String> tags = new TreeMap<>(line.tags());
        tags.put("msgid", said.id());
        return Outgoing.at(said.time(), Message.text(line.by().mask(), line.kind().name(), channel, text)).tagged(tags);
    }

    private static String stamp(Instant time, Instant now) {
        boolean today = time.atOffset(ZoneOffset.UTC).toLocalDate().equals(now.atOffset(ZoneOffset.UTC).toLocalDate());
        return "[" + (today ? TODAY : EARLIER).format(time) + "] ";
    }
}
