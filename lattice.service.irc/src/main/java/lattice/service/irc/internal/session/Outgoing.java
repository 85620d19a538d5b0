package lattice.service.irc.internal.session;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Wire;

/** A message for any number of clients: each is given the tags that it asked for, and it is encoded once for all alike. */
public final class Outgoing {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final Message message;
    private final Map<String, String> timeTags;
    private final Map<String, String> messageTags;
    private final Map<String, String> batchTags;
    private final byte[][] encoded = new byte[8][];

    private Outgoing(Message message, Map<String, String> timeTags, Map<String, String> messageTags,
            Map<String, String> batchTags) {
        this.message = message;
        this.timeTags = timeTags;
        this.messageTags = messageTags;
        this.batchTags = batchTags;
    }

    /** What happened at some time. */
    public static Outgoing at(Instant time, Message message) {
        return new Outgoing(message, Map.of("time", TIME.format(time)), Map.of(), Map.of());
    }

    /** The same with the tags of message-tags. */
    public Outgoing tagged(Map<String, String> tags) {
        return new Outgoing(message, timeTags, tags, batchTags);
    }

    /** The same as part of a batch. */
    public Outgoing inBatch(String batch) {
        return new Outgoing(message, timeTags, messageTags, Map.of("batch", batch));
    }

    /** The bytes for a client with these capabilities. */
    byte[] bytes(Set<Capability> capabilities) {
        boolean time = capabilities.contains(Capability.SERVER_TIME);
        boolean tags = capabilities.contains(Capability.MESSAGE_TAGS);
        boolean batch = capabilities.contains(Capability.BATCH);
        int form = (time ? 1 : 0) + (tags ? 2 : 0) + (batch ? 4 : 0);
        if (encoded[form] == null) {
            Map<String, String> all = new LinkedHashMap<>();
            if (batch) {
                all.putAll(batchTags);
            }
            if (time) {
                all.putAll(timeTags);
            }
            if (tags) {
                all.putAll(messageTags);
            }
            encoded[form] = Wire.encode(message.withTags(all));
        }
        return encoded[form];
    }
}
