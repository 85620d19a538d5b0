package lattice.service.irc.internal.command;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import lattice.service.irc.internal.chat.ChannelState;
import lattice.service.irc.internal.chat.Line;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Names;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Outgoing;
import lattice.service.irc.internal.session.Room;
import lattice.service.irc.internal.session.Session;

/**
 * What clients say to channels and to each other. What is said in a channel goes into the store and reaches everyone from
 * there; what is said to a user goes there and is kept nowhere.
 */
final class MessageCommands implements Family {
    private static final Pattern CLIENT_TAG = Pattern.compile("\\+[A-Za-z0-9./-]+");

    private final Network network;

    MessageCommands(Network network) {
        this.network = network;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of("PRIVMSG", 0, (client, message) -> say(client, message, Line.Kind.PRIVMSG)),
                Command.of("NOTICE", 0, (client, message) -> say(client, message, Line.Kind.NOTICE)),
                Command.of("TAGMSG", 0, this::tags));
    }

    private void say(Session client, Message message, Line.Kind kind) {
        // A notice is never answered (RFC 1459 section 4.4.2), so that programs can't answer each other for ever.
        boolean answer = kind == Line.Kind.PRIVMSG;
        if (!message.has(0)) {
            answer(answer, client, Numeric.ERR_NORECIPIENT);
            return;
        }
        if (!message.has(1)) {
            answer(answer, client, Numeric.ERR_NOTEXTTOSEND);
            return;
        }
        for (String target : targets(client, message, answer)) {
            if (Names.looksLikeChannel(target)) {
                toChannel(client, target, new Line(kind, client.origin(), message.param(1), clientTags(client, message)),
                        answer);
            } else {
                toUser(client, target, kind.name(), message, answer);
            }
        }
        client.spoke(network.now());
    }

    private void tags(Session client, Message message) {
        Map<String, String> tags = clientTags(client, message);
        if (!client.has(Capability.MESSAGE_TAGS) || tags.isEmpty()) {
            return;
        }
        for (String target : targets(client, message, true)) {
            if (Names.looksLikeChannel(target)) {
                Optional<Room> room = network.room(target);
                if (mayNotSpeak(client, target).isEmpty() && room.isPresent()) {
                    Outgoing outgoing = network.now(Message.of(client.mask(), "TAGMSG", room.get().name())).tagged(tags);
                    room.get().members().stream().map(Room.Member::session)
                            .filter(member -> member.has(Capability.MESSAGE_TAGS))
                            .filter(member -> member != client || client.has(Capability.ECHO_MESSAGE))
                            .forEach(member -> member.send(outgoing));
                }
            } else {
                network.user(target).ifPresent(user -> {
                    Outgoing outgoing = network.now(Message.of(client.mask(), "TAGMSG", user.nick())).tagged(tags);
                    if (user.has(Capability.MESSAGE_TAGS)) {
                        user.send(outgoing);
                    }
                    if (client.has(Capability.ECHO_MESSAGE)) {
                        client.send(outgoing);
                    }
                });
            }
        }
    }

    private List<String> targets(Session client, Message message, boolean answer) {
        List<String> targets = Arrays.stream(message.param(0).split(",")).filter(name -> !name.isEmpty()).distinct().toList();
        if (targets.size() > Isupport.MAX_TARGETS) {
            answer(answer, client, Numeric.ERR_TOOMANYTARGETS, Commands.shown(targets.get(Isupport.MAX_TARGETS)));
        }
        client.charge(Math.min(targets.size(), Isupport.MAX_TARGETS) - 1);
        return targets.subList(0, Math.min(targets.size(), Isupport.MAX_TARGETS));
    }

    private void toChannel(Session client, String target, Line line, boolean answer) {
        Optional<Numeric> obstacle = mayNotSpeak(client, target);
        if (obstacle.isPresent()) {
            answer(answer, client, obstacle.get(), Commands.shown(target));
            return;
        }
        String channel = network.channelName(target);
        network.say(client, channel, line, reason -> {
            if (answer) {
                client.replyText(Numeric.ERR_CANNOTSENDTOCHAN, channel, "Cannot send to channel: " + reason);
            } else {
                client.notice("Your notice to " + channel + " was not sent: " + reason);
            }
        });
    }

    /** What keeps a client from speaking in a channel, if anything does. */
    private Optional<Numeric> mayNotSpeak(Session client, String channel) {
        if (!network.exists(channel)) {
            return Optional.of(Numeric.ERR_NOSUCHCHANNEL);
        }
        ChannelState state = network.state(channel);
        Optional<Room.Member> member = network.room(channel).flatMap(room -> room.member(client));
        boolean ranked = member.filter(there -> there.isOperator() || there.isVoiced()).isPresent();
        boolean silent = state.has('n') && member.isEmpty() || !ranked && (state.has('m') || state.bans(client.mask()));
        return silent ? Optional.of(Numeric.ERR_CANNOTSENDTOCHAN) : Optional.empty();
    }

    private void toUser(Session client, String target, String command, Message message, boolean answer) {
        Optional<Session> user = network.user(target);
        if (user.isEmpty()) {
            answer(answer, client, Numeric.ERR_NOSUCHNICK, Commands.shown(target));
            return;
        }
        Outgoing outgoing = network.now(Message.text(client.mask(), command, user.get().nick(), message.param(1)))
                .tagged(clientTags(client, message));
        user.get().send(outgoing);
        if (client.has(Capability.ECHO_MESSAGE) && client != user.get()) {
            client.send(outgoing);
        }
        if (answer) {
            user.get().away().ifPresent(away -> client.replyText(Numeric.RPL_AWAY, user.get().nick(), away));
        }
    }

    private static Map<String, String> clientTags(Session client, Message message) {
        Map<String, String> tags = new LinkedHashMap<>();
        if (client.has(Capability.MESSAGE_TAGS)) {
            message.tags().forEach((name, value) -> {
                if (CLIENT_TAG.matcher(name).matches()) {
                    tags.put(name, value);
                }
            });
        }
        return tags;
    }

    private static void answer(boolean answer, Session client, Numeric numeric, String... params) {
        if (answer) {
            client.reply(numeric, params);
        }
    }
}
