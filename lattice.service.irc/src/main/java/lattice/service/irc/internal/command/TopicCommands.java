package lattice.service.irc.internal.command;

import java.util.List;
import java.util.Optional;
import lattice.service.irc.internal.chat.ChannelState;
import lattice.service.irc.internal.chat.Topic;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.protocol.Wire;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Room;
import lattice.service.irc.internal.session.Session;

/** What a channel is about. */
final class TopicCommands implements Family {
    private final Network network;

    TopicCommands(Network network) {
        this.network = network;
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.of("TOPIC", 1, this::topic));
    }

    private void topic(Session client, Message message) {
        Optional<Room> room = network.room(message.param(0)).filter(there -> there.has(client));
        if (room.isEmpty()) {
            client.reply(network.exists(message.param(0)) ? Numeric.ERR_NOTONCHANNEL : Numeric.ERR_NOSUCHCHANNEL,
                    Commands.shown(message.param(0)));
            return;
        }
        String name = room.get().name();
        ChannelState state = network.state(name);
        if (message.params().size() == 1) {
            if (state.topic().isEmpty()) {
                client.reply(Numeric.RPL_NOTOPIC, name);
            } else {
                show(client, room.get(), state);
            }
        } else if (state.has('t') && !room.get().isOperator(client)) {
            client.reply(Numeric.ERR_CHANOPRIVSNEEDED, name);
        } else {
            network.setTopic(client, name, Wire.cut(message.param(1), Topic.MAX_BYTES),
                    reason -> client.notice("The topic of " + name + " was not set: " + reason));
        }
    }

    /** Tells a client the topic and who set it when, if there is one. */
    static void show(Session client, Room room, ChannelState state) {
        state.topic().ifPresent(topic -> {
            client.replyText(Numeric.RPL_TOPIC, room.name(), topic.value().text());
            client.reply(Numeric.RPL_TOPICWHOTIME, room.name(), topic.value().by().mask(),
                    String.valueOf(topic.time().getEpochSecond()));
        });
    }
}
