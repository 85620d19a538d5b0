package lattice.service.irc.internal.chat;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonSubTypes.Type;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import lattice.service.irc.internal.protocol.Names;

/** What {@link ChatState} can be asked: JSON such as {@code {"do":"topic","channel":"#lattice",...}}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "do")
@JsonSubTypes({
    @Type(name = "say", value = ChatCommand.Say.class),
    @Type(name = "topic", value = ChatCommand.SetTopic.class),
    @Type(name = "modes", value = ChatCommand.ChangeModes.class),
    @Type(name = "prune", value = ChatCommand.Prune.class)
})
public sealed interface ChatCommand {
    /** The channel, in any spelling. */
    String channel();

    /**
     * Appends a line to a channel's log.
     *
     * @param channel which
     * @param line what
     * @param channelLimit how many channels the store is to know at most
     */
    record Say(String channel, Line line, int channelLimit) implements ChatCommand {
        public Say {
            check(channel, line, channelLimit);
        }
    }

    /**
     * Sets a channel's topic.
     *
     * @param channel which
     * @param topic what
     * @param channelLimit how many channels the store is to know at most
     */
    record SetTopic(String channel, Topic topic, int channelLimit) implements ChatCommand {
        public SetTopic {
            check(channel, topic, channelLimit);
        }
    }

    /**
     * Changes modes of a channel; those that change nothing are left out.
     *
     * @param channel which
     * @param modes in order, all by the same origin
     * @param channelLimit how many channels the store is to know at most
     */
    record ChangeModes(String channel, List<Mode> modes, int channelLimit) implements ChatCommand {
        public ChangeModes {
            check(channel, modes, channelLimit);
            modes = List.copyOf(modes);
            if (modes.isEmpty()) {
                throw new IllegalArgumentException("'modes' is empty.");
            }
        }
    }

    /**
     * Removes the oldest lines of a channel's log.
     *
     * @param channel which
     * @param keep how many of the newest stay
     */
    record Prune(String channel, int keep) implements ChatCommand {
        public Prune {
            check(channel, keep, 1);
            if (keep < 0) {
                throw new IllegalArgumentException("'keep' is 0 or more, not " + keep + ".");
            }
        }
    }

    private static void check(String channel, Object content, int channelLimit) {
        if (channel == null || !Names.isChannel(channel)) {
            throw new IllegalArgumentException("'channel' is not the name of a channel: '" + channel + "'.");
        }
        if (content == null) {
            throw new IllegalArgumentException("Something is missing beside 'channel'.");
        }
        if (channelLimit < 1) {
            throw new IllegalArgumentException("'channelLimit' is 1 or more, not " + channelLimit + ".");
        }
    }
}
