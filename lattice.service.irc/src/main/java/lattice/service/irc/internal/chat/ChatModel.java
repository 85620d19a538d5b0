package lattice.service.irc.internal.chat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.service.irc.internal.chat.ChannelState.Said;
import lattice.service.irc.internal.chat.ChannelState.Stored;
import lattice.service.irc.internal.protocol.CaseMapping;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store's chat in memory: all channels, the newest lines of each. Used by one thread. What can't be read, whoever wrote
 * it, is reported and passed over.
 */
public final class ChatModel {
    private static final Logger LOG = LoggerFactory.getLogger(ChatModel.class);

    private final ChatAudience audience;
    private Map<String, ChannelState> channels = new HashMap<>();
    private int history;
    private int retention;

    /**
     * @param history how many lines of a channel are held here
     * @param retention how many lines of a channel the store is to hold
     */
    public ChatModel(ChatAudience audience, int history, int retention) {
        this.audience = audience;
        this.history = history;
        this.retention = retention;
    }

    /** Changes what is held; if it is more than before, it is there after a rebuild. */
    public void keep(int history, int retention) {
        this.history = history;
        this.retention = retention;
    }

    /** What the store says of a channel; an empty state if it does not know it. */
    public ChannelState channel(String name) {
        String key = CaseMapping.fold(name);
        return Optional.ofNullable(channels.get(key)).orElseGet(() -> new ChannelState(key));
    }

    /** Those that the store knows something of. */
    public Collection<ChannelState> channels() {
        return channels.values();
    }

    /** How many channels are registered in the store. */
    public long registered() {
        return channels.values().stream().filter(channel -> channel.registeredName().isPresent()).count();
    }

    /** Takes in what one commit changed. */
    void apply(Changes changes) {
        apply(changes.changes());
        audience.toldUpTo(changes.position());
    }

    private void apply(List<Change> changes) {
        ModeChanges modes = new ModeChanges();
        for (Change change : changes) {
            ChatKeys.Place.of(change.key()).ifPresent(place -> apply(place, change, modes));
        }
        modes.tell();
    }

    /** To be called when the store says that there was nothing to prune. */
    public void pruned(String channel) {
        channel(channel).linesAtMost(retention);
    }

    private void apply(ChatKeys.Place place, Change change, ModeChanges modes) {
        ChannelState channel = channels.computeIfAbsent(place.channel(), ChannelState::new);
        if (change instanceof Change.Updated updated) {
            Entry entry = updated.entry();
            switch (place.kind()) {
                case REGISTRATION -> channel.registered(read(entry, Registration.class));
                case TOPIC -> read(entry, Topic.class).ifPresent(topic -> {
                    if (channel.topic(Optional.of(topic))) {
                        modes.tell();
                        audience.topicChanged(channel, topic);
                    }
                });
                case MODE, BAN -> read(entry, Mode.class).filter(mode -> isAt(entry.key(), channel, mode.value()))
                        .ifPresent(mode -> {
                            if (channel.mode(mode)) {
                                modes.add(channel, mode.value());
                            }
                        });
                case LOG -> {
                    modes.tell();
                    read(entry, Line.class).ifPresentOrElse(line -> {
                        Said said = new Said(line.value(), entry.version());
                        channel.said(entry, said, history);
                        audience.said(channel, said);
                    }, channel::unreadableLine);
                    if (channel.lines() > retention + slack()) {
                        audience.overfull(channel);
                    }
                }
            }
        } else {
            forget(place, change.key(), channel);
            if (channel.isEmpty()) {
                channels.remove(channel.key());
            } else if (place.kind() == ChatKeys.Kind.LOG && channel.lines() > retention + slack()) {
                audience.overfull(channel);
            }
        }
    }

    private void forget(ChatKeys.Place place, Key key, ChannelState channel) {
        switch (place.kind()) {
            case REGISTRATION -> channel.registered(Optional.empty());
            case TOPIC -> channel.topic(Optional.empty());
            case MODE -> channel.forgetMode(lastSegment(key).charAt(0));
            case BAN -> channel.forgetBan(KeySegment.decode(lastSegment(key)));
            case LOG -> channel.forgetLine(key.path());
        }
    }

    /** To prune at every line would make each line cost as much as all. */
    private int slack() {
        return Math.max(16, retention / 4);
    }

    private static String lastSegment(Key key) {
        String[] segments = key.segments();
        return segments[segments.length - 1];
    }

    private static boolean isAt(Key key, ChannelState channel, Mode mode) {
        return key.equals(mode.letter() == 'b' ? ChatKeys.ban(channel.key(), mode.param())
                : ChatKeys.mode(channel.key(), mode.letter()));
    }

    private static <T> Optional<Stored<T>> read(Entry entry, Class<T> type) {
        try {
            return Optional.of(new Stored<>(ChatJson.value(entry.value(), type), entry.version()));
        } catch (IllegalArgumentException e) {
            LOG.warn("{} can't be read and is passed over: {}", entry.key(), e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Takes the whole state in anew; until it is done, the old one stays.
     *
     * @param position what changes after it will be told by {@link #apply(Changes)}
     */
    Rebuild rebuild(LogPosition position) {
        return new Rebuild(position);
    }

    /** A state that is being read from the store. */
    final class Rebuild {
        private final ChatModel fresh = new ChatModel(new Silence(), history, retention);
        private final LogPosition position;

        private Rebuild(LogPosition position) {
            this.position = position;
        }

        void add(Entry entry) {
            // A line that came while all was read would be told twice; all else makes no difference the second time.
            if (entry.revision() <= position.revision() || !isLine(entry.key())) {
                fresh.apply(List.of(new Change.Updated(entry, Optional.empty())));
            }
        }

        private static boolean isLine(Key key) {
            return ChatKeys.Place.of(key).filter(place -> place.kind() == ChatKeys.Kind.LOG).isPresent();
        }

        /** Replaces the old state by what was read, and tells the audience what differs as if it had seen it change. */
        void done() {
            Map<String, ChannelState> before = channels;
            channels = fresh.channels;
            channels.forEach((key, now) -> difference(before.getOrDefault(key, new ChannelState(key)), now));
            audience.toldUpTo(position);
        }

        private void difference(ChannelState before, ChannelState now) {
            now.topicEntry().filter(topic -> !topic.value().text().equals(before.topicText()))
                    .ifPresent(topic -> audience.topicChanged(now, topic));
            ModeChanges modes = new ModeChanges();
            now.changedModes().filter(before::mode).forEach(mode -> modes.add(now, mode.value()));
            modes.tell();
            now.historyAfter(before.newest()).forEach(said -> audience.said(now, said));
            if (now.lines() > retention + slack()) {
                audience.overfull(now);
            }
        }
    }

    /** Mode changes that come together and are told together. */
    private final class ModeChanges {
        private final List<Mode> modes = new ArrayList<>();
        private ChannelState channel;

        void add(ChannelState where, Mode mode) {
            if (channel != where || !modes.isEmpty() && !modes.get(0).by().equals(mode.by())) {
                tell();
            }
            channel = where;
            modes.add(mode);
        }

        void tell() {
            if (!modes.isEmpty()) {
                audience.modesChanged(channel, List.copyOf(modes));
                modes.clear();
            }
        }
    }

    private static final class Silence implements ChatAudience {
        @Override
        public void said(ChannelState channel, Said said) {
        }

        @Override
        public void topicChanged(ChannelState channel, Stored<Topic> topic) {
        }

        @Override
        public void modesChanged(ChannelState channel, List<Mode> modes) {
        }

        @Override
        public void toldUpTo(LogPosition position) {
        }

        @Override
        public void overfull(ChannelState channel) {
        }
    }
}
