package lattice.service.irc.internal.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.service.irc.internal.chat.ChannelState;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Mask;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.protocol.Wire;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Room;
import lattice.service.irc.internal.session.Session;

/** Which channels there are, and who is in them. */
final class ListCommands implements Family {
    private final Network network;

    ListCommands(Network network) {
        this.network = network;
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.of("NAMES", 0, this::names), Command.of("LIST", 0, this::list));
    }

    private void names(Session client, Message message) {
        if (!message.has(0)) {
            client.reply(Numeric.RPL_ENDOFNAMES, "*");
            return;
        }
        String name = message.param(0).split(",", 2)[0];
        Optional<Room> room = network.room(name);
        if (room.isPresent()) {
            names(client, room.get());
        } else {
            client.reply(Numeric.RPL_ENDOFNAMES, Commands.shown(name));
        }
    }

    /** Tells a client who is in a room. */
    void names(Session client, Room room) {
        boolean secret = network.state(room.key()).has('s');
        if (!secret || room.has(client)) {
            String sign = secret ? "@" : "=";
            boolean all = client.has(Capability.MULTI_PREFIX);
            boolean masks = client.has(Capability.USERHOST_IN_NAMES);
            List<String> names = room.members().stream()
                    .filter(member -> network.sees(client, member.session()))
                    .map(member -> member.prefix(all) + (masks ? member.session().mask() : member.session().nick()))
                    .toList();
            Wire.pack(names, Wire.ROOM)
                    .forEach(line -> client.replyText(Numeric.RPL_NAMREPLY, sign, room.name(), line));
        }
        client.reply(Numeric.RPL_ENDOFNAMES, room.name());
    }

    private void list(Session client, Message message) {
        List<String> wanted = message.has(0) ? Arrays.asList(message.param(0).split(",")) : List.of();
        client.reply(Numeric.RPL_LISTSTART, "Channel");
        for (Map.Entry<String, String> channel : network.channels().entrySet()) {
            ChannelState state = network.state(channel.getKey());
            Optional<Room> room = network.room(channel.getKey());
            boolean hidden = state.has('s') && room.filter(there -> there.has(client)).isEmpty();
            int members = room.map(there -> there.members().size()).orElse(0);
            if (!hidden && isWanted(wanted, channel.getKey(), members)) {
                client.replyText(Numeric.RPL_LIST, channel.getValue(), String.valueOf(members),
                        state.topic().map(topic -> topic.value().text()).orElse(""));
            }
        }
        client.reply(Numeric.RPL_LISTEND);
    }

    /** Masks are joined by "or", conditions on the number of members by "and" (ELIST=MU). */
    private static boolean isWanted(List<String> wanted, String key, int members) {
        List<String> masks = new ArrayList<>();
        for (String word : wanted) {
            if (word.matches("[<>][0-9]{1,9}")) {
                int bound = Integer.parseInt(word.substring(1));
                if (word.charAt(0) == '<' ? members >= bound : members <= bound) {
                    return false;
                }
            } else if (!word.isEmpty()) {
                masks.add(word);
            }
        }
        return masks.isEmpty() || masks.stream().anyMatch(mask -> Mask.matches(mask, key));
    }
}
