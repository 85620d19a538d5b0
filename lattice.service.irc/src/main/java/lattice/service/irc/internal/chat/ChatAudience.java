package lattice.service.irc.internal.chat;

import java.util.List;
import lattice.api.store.LogPosition;
import lattice.service.irc.internal.chat.ChannelState.Said;
import lattice.service.irc.internal.chat.ChannelState.Stored;

/** Is told what changes in the store's chat, in the order of the store. */
public interface ChatAudience {
    void said(ChannelState channel, Said said);

    void topicChanged(ChannelState channel, Stored<Topic> topic);

    /** @param modes at least one, all by the same origin */
    void modesChanged(ChannelState channel, List<Mode> modes);

    /** All that the store had at a position has been told. */
    void toldUpTo(LogPosition position);

    /** The store holds more lines of a channel than are kept. */
    void overfull(ChannelState channel);
}
