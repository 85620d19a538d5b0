package lattice.service.irc.internal.command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Mask;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Names;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.protocol.Wire;
import lattice.service.irc.internal.session.Departed;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Room;
import lattice.service.irc.internal.session.Session;

/** Who users are. */
final class WhoCommands implements Family {
    private final Network network;

    WhoCommands(Network network) {
        this.network = network;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of("WHO", 0, this::who),
                Command.of("WHOIS", 0, this::whois),
                Command.of("WHOWAS", 0, this::whowas));
    }

    private void who(Session client, Message message) {
        String mask = message.has(0) ? message.param(0) : "*";
        Format format = format(message.param(1));
        if (Names.looksLikeChannel(mask)) {
            network.room(mask).filter(room -> room.has(client) || !network.state(room.key()).has('s'))
                    .ifPresent(room -> room.members().stream()
                            .filter(member -> network.sees(client, member.session()))
                            .forEach(member -> format.send(client, member.session(), Optional.of(room))));
        } else if (network.user(mask).isPresent()) {
            format.send(client, network.user(mask).get(), Optional.empty());
        } else {
            network.users().stream()
                    .filter(user -> network.sees(client, user))
                    .filter(user -> Mask.matches(mask, user.nick()) || Mask.matches(mask, user.user())
                            || Mask.matches(mask, user.host()) || Mask.matches(mask, network.server()))
                    .forEach(user -> format.send(client, user, Optional.empty()));
        }
        client.reply(Numeric.RPL_ENDOFWHO, Commands.shown(mask));
    }

    /** What of a user is told: as RFC 1459 has it, or the fields that a client asked for by WHOX. */
    private final class Format {
        private final Optional<String> fields;
        private final String token;

        private Format(Optional<String> fields, String token) {
            this.fields = fields;
            this.token = token;
        }

        void send(Session client, Session user, Optional<Room> room) {
            String channel = room.map(Room::name).orElse("*");
            String flags = (user.away().isPresent() ? "G" : "H") + room.flatMap(there -> there.member(user))
                    .map(member -> member.prefix(client.has(Capability.MULTI_PREFIX))).orElse("");
            if (fields.isEmpty()) {
                client.replyText(Numeric.RPL_WHOREPLY, channel, user.user(), user.host(), network.server(), user.nick(),
                        flags, "0 " + user.realName());
                return;
            }
            List<String> params = new ArrayList<>();
            for (char field : "tcuihsnfdlaor".toCharArray()) {
                if (fields.get().indexOf(field) >= 0) {
                    params.add(switch (field) {
                        case 't' -> token;
                        case 'c' -> channel;
                        case 'u' -> user.user();
                        case 'i', 'h' -> user.host();
                        case 's' -> network.server();
                        case 'n' -> user.nick();
                        case 'f' -> flags;
                        case 'l' -> String.valueOf(idle(user));
                        case 'd', 'a' -> "0";
                        case 'o' -> "n/a";
                        default -> user.realName();
                    });
                }
            }
            client.replyText(Numeric.RPL_WHOSPCRPL, params.toArray(String[]::new));
        }
    }

    private Format format(String asked) {
        int percent = asked.indexOf('%');
        if (percent < 0) {
            return new Format(Optional.empty(), "");
        }
        String[] parts = asked.substring(percent + 1).split(",", 2);
        String token = parts.length > 1 && parts[1].matches("[0-9]{1,3}") ? parts[1] : "0";
        return new Format(Optional.of(parts[0]), token);
    }

    private long idle(Session user) {
        return Math.max(0, Duration.between(user.lastSpoke(), network.now()).toSeconds());
    }

    private void whois(Session client, Message message) {
        // WHOIS server nick: there is one server, so only the last parameter says something.
        String nick = message.param(message.params().size() > 1 ? 1 : 0).split(",", 2)[0];
        if (nick.isEmpty()) {
            client.reply(Numeric.ERR_NONICKNAMEGIVEN);
            return;
        }
        Optional<Session> found = network.user(nick);
        if (found.isEmpty()) {
            client.reply(Numeric.ERR_NOSUCHNICK, Commands.shown(nick));
            client.reply(Numeric.RPL_ENDOFWHOIS, Commands.shown(nick));
            return;
        }
        Session user = found.get();
        client.replyText(Numeric.RPL_WHOISUSER, user.nick(), user.user(), user.host(), "*", user.realName());
        channels(client, user);
        client.replyText(Numeric.RPL_WHOISSERVER, user.nick(), network.server(), network.settings().network());
        user.away().ifPresent(away -> client.replyText(Numeric.RPL_AWAY, user.nick(), away));
        client.reply(Numeric.RPL_WHOISIDLE, user.nick(), String.valueOf(idle(user)),
                String.valueOf(user.since().getEpochSecond()));
        client.reply(Numeric.RPL_ENDOFWHOIS, user.nick());
    }

    private void channels(Session client, Session user) {
        List<String> names = user.rooms().stream()
                .filter(room -> room.has(client) || !network.state(room.key()).has('s') && !user.isInvisible())
                .map(room -> room.member(user).map(member -> member.prefix(client.has(Capability.MULTI_PREFIX))).orElse("")
                        + room.name())
                .toList();
        Wire.pack(names, Wire.ROOM).forEach(line -> client.replyText(Numeric.RPL_WHOISCHANNELS, user.nick(), line));
    }

    private void whowas(Session client, Message message) {
        String nick = message.param(0);
        if (nick.isEmpty()) {
            client.reply(Numeric.ERR_NONICKNAMEGIVEN);
            return;
        }
        int most = message.param(1).matches("[0-9]{1,4}") ? Integer.parseInt(message.param(1)) : 0;
        List<Departed.User> users = network.departed().named(nick, most);
        if (users.isEmpty()) {
            client.reply(Numeric.ERR_WASNOSUCHNICK, Commands.shown(nick));
        }
        for (Departed.User user : users) {
            client.replyText(Numeric.RPL_WHOWASUSER, user.nick(), user.user(), user.host(), "*", user.realName());
            client.replyText(Numeric.RPL_WHOISSERVER, user.nick(), network.server(), user.when().toString());
        }
        client.reply(Numeric.RPL_ENDOFWHOWAS, Commands.shown(nick));
    }
}
