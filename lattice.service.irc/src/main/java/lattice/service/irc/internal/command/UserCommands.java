package lattice.service.irc.internal.command;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.protocol.Wire;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Outgoing;
import lattice.service.irc.internal.session.Session;

/** What users say of themselves, and short questions about them. */
final class UserCommands implements Family {
    private static final int MAX_USERHOST = 5;

    private final Network network;

    UserCommands(Network network) {
        this.network = network;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of("AWAY", 0, this::away),
                Command.of("SETNAME", 1, this::setName),
                Command.of("ISON", 1, this::isOn),
                Command.of("USERHOST", 1, this::userHost));
    }

    private void away(Session client, Message message) {
        Optional<String> reason = message.has(0) ? Optional.of(Wire.cut(message.param(0), Isupport.MAX_AWAY))
                : Optional.empty();
        boolean changed = !client.away().equals(reason);
        client.away(reason);
        client.reply(reason.isPresent() ? Numeric.RPL_NOWAWAY : Numeric.RPL_UNAWAY);
        if (changed) {
            Outgoing notice = network.now(reason.map(text -> Message.text(client.mask(), "AWAY", text))
                    .orElseGet(() -> Message.of(client.mask(), "AWAY")));
            network.peers(client).stream().filter(peer -> peer.has(Capability.AWAY_NOTIFY))
                    .forEach(peer -> peer.send(notice));
        }
    }

    private void setName(Session client, Message message) {
        client.realName(Wire.cut(message.param(0), RegistrationCommands.MAX_REAL_NAME));
        Outgoing notice = network.now(Message.text(client.mask(), "SETNAME", client.realName()));
        Stream.concat(Stream.of(client), network.peers(client).stream()).filter(peer -> peer.has(Capability.SETNAME))
                .forEach(peer -> peer.send(notice));
    }

    private void isOn(Session client, Message message) {
        client.replyText(Numeric.RPL_ISON, message.params().stream()
                .flatMap(param -> Stream.of(param.split(" ")))
                .flatMap(nick -> network.user(nick).stream())
                .map(Session::nick)
                .collect(Collectors.joining(" ")));
    }

    private void userHost(Session client, Message message) {
        client.replyText(Numeric.RPL_USERHOST, message.params().stream()
                .limit(MAX_USERHOST)
                .flatMap(nick -> network.user(nick).stream())
                .map(user -> user.nick() + "=" + (user.away().isPresent() ? "-" : "+") + user.user() + "@" + user.host())
                .collect(Collectors.joining(" ")));
    }
}
