package lattice.service.irc.internal.chat;

import java.util.Optional;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.service.irc.internal.protocol.CaseMapping;

/**
 * Where chat lives. Channel names are folded and encoded as a segment of the key:
 *
 * <pre>
 * /state/lattice.irc-gateway/registry/{channel}              {@link Registration}
 * /state/lattice.irc-gateway/channels/{channel}/topic        {@link Topic}
 * /state/lattice.irc-gateway/channels/{channel}/modes/{m}    {@link Mode}
 * /state/lattice.irc-gateway/channels/{channel}/bans/{mask}  {@link Mode}
 * /state/lattice.irc-gateway/channels/{channel}/log/...      {@link Line}
 * </pre>
 */
final class ChatKeys {
    static final Key ROOT = new Key("/state/lattice.irc-gateway");
    static final Prefix ALL = Prefix.of(ROOT);
    static final Prefix REGISTRY = Prefix.of(ROOT.child("registry"));

    private ChatKeys() {
    }

    static Key registration(String channel) {
        return ROOT.child("registry/" + segment(channel));
    }

    static Key topic(String channel) {
        return below(channel, "topic");
    }

    static Key mode(String channel, char letter) {
        return below(channel, "modes/" + letter);
    }

    static Key bans(String channel) {
        return below(channel, "bans");
    }

    static Key ban(String channel, String mask) {
        return below(channel, "bans/" + segment(mask));
    }

    static Key log(String channel) {
        return below(channel, "log");
    }

    private static Key below(String channel, String rest) {
        return ROOT.child("channels/" + segment(channel) + "/" + rest);
    }

    private static String segment(String name) {
        return KeySegment.encode(CaseMapping.fold(name));
    }

    /** What a key is about. */
    enum Kind {
        REGISTRATION, TOPIC, MODE, BAN, LOG
    }

    /**
     * A key taken apart.
     *
     * @param kind what it is about
     * @param channel the folded name
     */
    record Place(Kind kind, String channel) {
        /** The place that a key stands for, if it is one of ours. */
        static Optional<Place> of(Key key) {
            if (!ALL.contains(key)) {
                return Optional.empty();
            }
            String[] segments = key.segments();
            int at = ROOT.segments().length;
            int length = segments.length - at;
            if (length == 2 && segments[at].equals("registry")) {
                return place(Kind.REGISTRATION, segments[at + 1]);
            }
            if (length < 3 || !segments[at].equals("channels")) {
                return Optional.empty();
            }
            return switch (segments[at + 2]) {
                case "topic" -> length == 3 ? place(Kind.TOPIC, segments[at + 1]) : Optional.empty();
                case "modes" -> length == 4 ? place(Kind.MODE, segments[at + 1]) : Optional.empty();
                case "bans" -> length == 4 ? place(Kind.BAN, segments[at + 1]) : Optional.empty();
                case "log" -> length > 3 ? place(Kind.LOG, segments[at + 1]) : Optional.empty();
                default -> Optional.empty();
            };
        }

        private static Optional<Place> place(Kind kind, String segment) {
            try {
                String channel = KeySegment.decode(segment);
                return channel.equals(CaseMapping.fold(channel)) ? Optional.of(new Place(kind, channel)) : Optional.empty();
            } catch (IllegalArgumentException notOurs) {
                return Optional.empty();
            }
        }
    }
}
