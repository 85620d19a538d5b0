package lattice.service.irc.internal.command;

import java.util.List;
import java.util.Optional;
import lattice.service.irc.internal.chat.ChannelState;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Names;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.protocol.Wire;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Outgoing;
import lattice.service.irc.internal.session.Room;
import lattice.service.irc.internal.session.Session;

/** Who comes into a channel and who goes. */
final class ChannelCommands implements Family {
    private static final int MAX_REASON = 300;

    private final Network network;
    private final ListCommands lists;

    ChannelCommands(Network network, ListCommands lists) {
        this.network = network;
        this.lists = lists;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of("JOIN", 1, this::join),
                Command.of("PART", 1, this::part),
                Command.of("KICK", 2, this::kick),
                Command.of("INVITE", 2, this::invite));
    }

    private void join(Session client, Message message) {
        if (message.param(0).equals("0")) {
            List.copyOf(client.rooms()).forEach(room -> part(client, room, Optional.empty()));
            return;
        }
        String[] names = message.param(0).split(",");
        String[] keys = message.param(1).split(",");
        client.charge(Math.max(0, names.length - 1));
        for (int i = 0; i < names.length; i++) {
            if (!names[i].isEmpty()) {
                join(client, names[i], i < keys.length ? keys[i] : "");
            }
        }
    }

    private void join(Session client, String name, String key) {
        Optional<Numeric> obstacle = obstacle(client, name, key);
        if (obstacle.isPresent()) {
            client.reply(obstacle.get(), Commands.shown(name));
            return;
        }
        if (network.room(name).filter(room -> room.has(client)).isPresent()) {
            return;
        }
        Room room = network.enter(client, name);
        Outgoing plain = network.now(Message.of(client.mask(), "JOIN", room.name()));
        Outgoing extended = network.now(Message.text(client.mask(), "JOIN", room.name(), "*", client.realName()));
        room.members().forEach(member ->
                member.session().send(member.session().has(Capability.EXTENDED_JOIN) ? extended : plain));
        client.away().ifPresent(reason -> {
            Outgoing away = network.now(Message.text(client.mask(), "AWAY", reason));
            room.members().stream().map(Room.Member::session)
                    .filter(other -> other != client && other.has(Capability.AWAY_NOTIFY))
                    .forEach(other -> other.send(away));
        });
        TopicCommands.show(client, room, network.state(room.key()));
        lists.names(client, room);
        network.replay(client, room);
    }

    /** What keeps a client out of a channel, if anything does. */
    private Optional<Numeric> obstacle(Session client, String name, String key) {
        if (!Names.looksLikeChannel(name)) {
            return Optional.of(Numeric.ERR_NOSUCHCHANNEL);
        }
        if (!Names.isChannel(name)) {
            return Optional.of(Numeric.ERR_BADCHANMASK);
        }
        Optional<Room> room = network.room(name);
        if (room.filter(there -> there.has(client)).isPresent()) {
            return Optional.empty();
        }
        if (!network.exists(name) && !network.settings().userChannels()) {
            return Optional.of(Numeric.ERR_NOSUCHCHANNEL);
        }
        if (client.rooms().size() >= network.settings().limits().channelsPerClient()) {
            return Optional.of(Numeric.ERR_TOOMANYCHANNELS);
        }
        ChannelState state = network.state(name);
        if (state.bans(client.mask())) {
            return Optional.of(Numeric.ERR_BANNEDFROMCHAN);
        }
        if (state.has('i') && room.filter(there -> there.isInvited(client)).isEmpty()) {
            return Optional.of(Numeric.ERR_INVITEONLYCHAN);
        }
        if (state.param('k').filter(wanted -> !wanted.equals(key)).isPresent()) {
            return Optional.of(Numeric.ERR_BADCHANNELKEY);
        }
        int members = room.map(there -> there.members().size()).orElse(0);
        return state.param('l').filter(limit -> members >= Integer.parseInt(limit))
                .map(full -> Numeric.ERR_CHANNELISFULL);
    }

    private void part(Session client, Message message) {
        Optional<String> reason = message.has(1) ? Optional.of(Wire.cut(message.param(1), MAX_REASON)) : Optional.empty();
        for (String name : message.param(0).split(",")) {
            Optional<Room> room = network.room(name);
            if (room.isEmpty()) {
                client.reply(network.exists(name) ? Numeric.ERR_NOTONCHANNEL : Numeric.ERR_NOSUCHCHANNEL,
                        Commands.shown(name));
            } else if (!room.get().has(client)) {
                client.reply(Numeric.ERR_NOTONCHANNEL, room.get().name());
            } else {
                part(client, room.get(), reason);
            }
        }
    }

    private void part(Session client, Room room, Optional<String> reason) {
        room.send(network.now(reason.map(text -> Message.text(client.mask(), "PART", room.name(), text))
                .orElseGet(() -> Message.of(client.mask(), "PART", room.name()))));
        network.leave(client, room);
    }

    private void kick(Session client, Message message) {
        Optional<Room> room = network.room(message.param(0));
        if (room.isEmpty()) {
            client.reply(Numeric.ERR_NOSUCHCHANNEL, Commands.shown(message.param(0)));
            return;
        }
        String name = room.get().name();
        Optional<Session> target = network.user(message.param(1));
        if (!room.get().has(client)) {
            client.reply(Numeric.ERR_NOTONCHANNEL, name);
        } else if (!room.get().isOperator(client)) {
            client.reply(Numeric.ERR_CHANOPRIVSNEEDED, name);
        } else if (target.isEmpty()) {
            client.reply(Numeric.ERR_NOSUCHNICK, Commands.shown(message.param(1)));
        } else if (!room.get().has(target.get())) {
            client.reply(Numeric.ERR_USERNOTINCHANNEL, target.get().nick(), name);
        } else {
            String reason = message.has(2) ? Wire.cut(message.param(2), Isupport.MAX_KICK) : client.nick();
            room.get().send(network.now(Message.text(client.mask(), "KICK", name, target.get().nick(), reason)));
            network.leave(target.get(), room.get());
        }
    }

    private void invite(Session client, Message message) {
        Optional<Session> target = network.user(message.param(0));
        Optional<Room> room = network.room(message.param(1));
        if (target.isEmpty()) {
            client.reply(Numeric.ERR_NOSUCHNICK, Commands.shown(message.param(0)));
        } else if (room.isEmpty()) {
            client.reply(Numeric.ERR_NOSUCHCHANNEL, Commands.shown(message.param(1)));
        } else if (!room.get().has(client)) {
            client.reply(Numeric.ERR_NOTONCHANNEL, room.get().name());
        } else if (room.get().has(target.get())) {
            client.reply(Numeric.ERR_USERONCHANNEL, target.get().nick(), room.get().name());
        } else if (network.state(room.get().key()).has('i') && !room.get().isOperator(client)) {
            client.reply(Numeric.ERR_CHANOPRIVSNEEDED, room.get().name());
        } else {
            room.get().invite(target.get());
            client.reply(Numeric.RPL_INVITING, target.get().nick(), room.get().name());
            target.get().away().ifPresent(away -> client.replyText(Numeric.RPL_AWAY, target.get().nick(), away));
            Outgoing invitation =
                    network.now(Message.of(client.mask(), "INVITE", target.get().nick(), room.get().name()));
            target.get().send(invitation);
            room.get().members().stream().map(Room.Member::session)
                    .filter(member -> member != client && member.has(Capability.INVITE_NOTIFY)
                            && room.get().isOperator(member))
                    .forEach(member -> member.send(invitation));
        }
    }
}
