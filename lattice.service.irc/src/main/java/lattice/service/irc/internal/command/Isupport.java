package lattice.service.irc.internal.command;

import java.util.ArrayList;
import java.util.List;
import lattice.service.irc.internal.chat.ChatState;
import lattice.service.irc.internal.chat.Mode;
import lattice.service.irc.internal.chat.Topic;
import lattice.service.irc.internal.protocol.CaseMapping;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Names;

/** What a server tells clients about itself in numeric 005 (modern.ircdocs.horse, "RPL_ISUPPORT Parameters"). */
final class Isupport {
    /** How many receivers a message may have. */
    static final int MAX_TARGETS = 4;

    /** The longest word about being away, in bytes. */
    static final int MAX_AWAY = 200;

    /** The longest reason for a kick, in bytes. */
    static final int MAX_KICK = 255;

    private static final int PER_LINE = 13;

    private Isupport() {
    }

    /** The tokens, so many to a line as a message takes. */
    static List<List<String>> lines(String network, int channelsPerClient) {
        List<String> tokens = List.of(
                "AWAYLEN=" + MAX_AWAY,
                "CASEMAPPING=" + CaseMapping.NAME,
                "CHANLIMIT=#:" + channelsPerClient,
                "CHANMODES=b,k,l," + Mode.FLAGS,
                "CHANNELLEN=" + Names.MAX_CHANNEL,
                "CHANTYPES=#",
                "ELIST=MU",
                "KEYLEN=" + Mode.MAX_KEY,
                "KICKLEN=" + MAX_KICK,
                "MAXLIST=b:" + ChatState.MAX_BANS,
                "MODES=" + Message.MAX_PARAMS,
                "NETWORK=" + network,
                "NICKLEN=" + Names.MAX_NICK,
                "PREFIX=(ov)@+",
                "SAFELIST",
                "TARGMAX=JOIN:,KICK:1,LIST:,NAMES:1,NOTICE:" + MAX_TARGETS + ",PART:,PRIVMSG:" + MAX_TARGETS
                        + ",TAGMSG:" + MAX_TARGETS + ",WHOIS:1",
                "TOPICLEN=" + Topic.MAX_BYTES,
                "USERLEN=" + Names.MAX_USER,
                "UTF8ONLY",
                "WHOX");
        List<List<String>> lines = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i += PER_LINE) {
            lines.add(tokens.subList(i, Math.min(tokens.size(), i + PER_LINE)));
        }
        return lines;
    }
}
