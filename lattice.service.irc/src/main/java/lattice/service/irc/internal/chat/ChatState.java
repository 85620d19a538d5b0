package lattice.service.irc.internal.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.statemachine.Effect.AppendToLog;
import lattice.api.statemachine.Effect.RemoveRegister;
import lattice.api.statemachine.Effect.SetRegister;
import lattice.api.statemachine.StateMachine;
import lattice.api.statemachine.StateView;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import org.osgi.service.component.annotations.Component;

/**
 * What chat is: which channels there are, what was said in them, their topics and modes. Who may do what to a channel is
 * decided before, by the gateway that knows who is in it.
 */
@Component(property = StateMachine.NAME + "=" + ChatState.NAME)
public final class ChatState implements StateMachine {
    public static final String NAME = "lattice.irc.chat";

    /** How many bans a channel may have. */
    public static final int MAX_BANS = 100;

    // Bans that were lifted stay for a while as such, so that every gateway can tell who lifted them.
    private static final int MAX_LIFTED_BANS = 32;

    // A commit groups no more mutations than the store takes at once, and a state machine answers within milliseconds.
    private static final int MAX_PRUNED = 500;

    @Override
    public Decision decide(StateView state, byte[] command) {
        try {
            return decide(state, ChatJson.command(command));
        } catch (IllegalArgumentException | StoreException e) {
            return new Decision.Refuse("This is no command about chat: " + e.getMessage());
        }
    }

    private static Decision decide(StateView state, ChatCommand command) {
        if (command instanceof ChatCommand.Say say) {
            return inChannel(state, say.channel(), say.line().by(), say.channelLimit(),
                    List.of(new AppendToLog(ChatKeys.log(say.channel()), ChatJson.write(say.line()))));
        }
        if (command instanceof ChatCommand.SetTopic set) {
            return inChannel(state, set.channel(), set.topic().by(), set.channelLimit(), topic(state, set));
        }
        if (command instanceof ChatCommand.ChangeModes change) {
            return change(state, change);
        }
        return new Decision.Accept(prune(state, (ChatCommand.Prune) command));
    }

    private static Decision inChannel(StateView state, String channel, Origin by, int limit, List<Effect> effects) {
        Key registration = ChatKeys.registration(channel);
        if (effects.isEmpty() || state.get(registration).isPresent()) {
            return new Decision.Accept(effects);
        }
        try (Stream<Entry> channels = state.scan(ChatKeys.REGISTRY)) {
            if (channels.limit(limit).count() >= limit) {
                return new Decision.Refuse("There are " + limit + " channels already, and no more are kept.");
            }
        }
        List<Effect> all = new ArrayList<>();
        all.add(new SetRegister(registration, ChatJson.write(new Registration(channel, by))));
        all.addAll(effects);
        return new Decision.Accept(all);
    }

    private static List<Effect> topic(StateView state, ChatCommand.SetTopic set) {
        Key key = ChatKeys.topic(set.channel());
        String now = state.get(key).flatMap(entry -> readable(entry, Topic.class)).map(Topic::text).orElse("");
        return now.equals(set.topic().text()) ? List.of() : List.of(new SetRegister(key, ChatJson.write(set.topic())));
    }

    private static Decision change(StateView state, ChatCommand.ChangeModes change) {
        List<Effect> effects = new ArrayList<>();
        Map<Key, Mode> changed = new HashMap<>();
        Bans bans = Bans.of(state, change.channel());
        for (Mode mode : change.modes()) {
            Key key = mode.letter() == 'b' ? ChatKeys.ban(change.channel(), mode.param())
                    : ChatKeys.mode(change.channel(), mode.letter());
            Mode now = changed.containsKey(key) ? changed.get(key)
                    : state.get(key).flatMap(entry -> readable(entry, Mode.class)).orElse(initial(mode));
            if (!mode.sameEffect(now)) {
                changed.put(key, mode);
                effects.add(new SetRegister(key, ChatJson.write(mode)));
                if (mode.letter() == 'b') {
                    bans.set += mode.on() ? 1 : -1;
                }
            }
        }
        if (bans.set > MAX_BANS) {
            return new Decision.Refuse("A channel has at most " + MAX_BANS + " bans.");
        }
        if (!effects.isEmpty() && bans.lifted.size() > MAX_LIFTED_BANS) {
            effects.addAll(0, bans.lifted.stream().map(RemoveRegister::new).toList());
        }
        return inChannel(state, change.channel(), change.modes().get(0).by(), change.channelLimit(), effects);
    }

    private static Mode initial(Mode mode) {
        boolean on = Mode.DEFAULTS.indexOf(mode.letter()) >= 0;
        return new Mode(mode.letter(), on, mode.letter() == 'b' ? mode.param() : "", mode.by());
    }

    private static List<Effect> prune(StateView state, ChatCommand.Prune prune) {
        Prefix log = Prefix.of(ChatKeys.log(prune.channel()));
        long lines;
        try (Stream<Entry> all = state.scan(log)) {
            lines = all.count();
        }
        try (Stream<Entry> oldest = state.scan(log)) {
            return oldest.limit(Math.min(MAX_PRUNED, Math.max(0, lines - prune.keep())))
                    .<Effect>map(entry -> new RemoveRegister(entry.key()))
                    .toList();
        }
    }

    private static <T> Optional<T> readable(Entry entry, Class<T> type) {
        try {
            return Optional.of(ChatJson.value(entry.value(), type));
        } catch (IllegalArgumentException unreadable) {
            // Whoever wrote it, what is written now replaces it.
            return Optional.empty();
        }
    }

    private static final class Bans {
        private final List<Key> lifted = new ArrayList<>();
        private int set;

        static Bans of(StateView state, String channel) {
            Bans bans = new Bans();
            try (Stream<Entry> all = state.scan(Prefix.of(ChatKeys.bans(channel)))) {
                all.forEach(entry -> {
                    if (readable(entry, Mode.class).filter(Mode::on).isPresent()) {
                        bans.set++;
                    } else {
                        bans.lifted.add(entry.key());
                    }
                });
            }
            return bans;
        }
    }
}
