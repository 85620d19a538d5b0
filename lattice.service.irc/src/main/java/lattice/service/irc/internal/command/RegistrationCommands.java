package lattice.service.irc.internal.command;

import java.util.List;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Names;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.protocol.Wire;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Session;
import lattice.service.irc.internal.session.Settings;

/** Who a client is, and that it is still there. */
final class RegistrationCommands implements Family {
    /** The longest real name, in bytes. */
    static final int MAX_REAL_NAME = 150;

    private static final int MAX_REASON = 300;

    private final Network network;
    private final ServerCommands server;

    RegistrationCommands(Network network, ServerCommands server) {
        this.network = network;
        this.server = server;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.early("PASS", 1, this::pass),
                Command.early("NICK", 0, this::nick),
                Command.early("USER", 4, this::user),
                Command.early("PING", 0, this::ping),
                Command.early("PONG", 0, (client, message) -> { }),
                Command.early("QUIT", 0, this::quit),
                Command.of("OPER", 2, (client, message) -> client.reply(Numeric.ERR_NOOPERHOST)));
    }

    private void pass(Session client, Message message) {
        // There are no accounts, so there is nothing that a password could be for.
        if (client.isRegistered()) {
            client.reply(Numeric.ERR_ALREADYREGISTERED);
        }
    }

    private void nick(Session client, Message message) {
        String nick = message.param(0);
        if (nick.isEmpty()) {
            client.reply(Numeric.ERR_NONICKNAMEGIVEN);
        } else if (!Names.isNick(nick)) {
            client.reply(Numeric.ERR_ERRONEUSNICKNAME, Commands.shown(nick));
        } else if (!network.rename(client, nick)) {
            client.reply(Numeric.ERR_NICKNAMEINUSE, nick);
        } else {
            welcome(client, network, server);
        }
    }

    private void user(Session client, Message message) {
        if (client.isRegistered()) {
            client.reply(Numeric.ERR_ALREADYREGISTERED);
        } else {
            client.user(Names.user(message.param(0)));
            client.realName(Wire.cut(message.param(3), MAX_REAL_NAME));
            welcome(client, network, server);
        }
    }

    private void ping(Session client, Message message) {
        if (!message.has(0)) {
            client.reply(Numeric.ERR_NOORIGIN);
        } else {
            client.send(Message.text(network.server(), "PONG", network.server(), message.param(0)));
        }
    }

    private void quit(Session client, Message message) {
        network.disconnect(client, message.has(0) ? "Quit: " + Wire.cut(message.param(0), MAX_REASON) : "Client quit");
    }

    /** Greets a client that has said all it must. */
    static void welcome(Session client, Network network, ServerCommands server) {
        if (client.isRegistered() || client.isNegotiating() || !client.hasNick() || !client.hasUser()) {
            return;
        }
        network.register(client);
        client.replyText(Numeric.RPL_WELCOME,
                "Welcome to the " + network.settings().network() + " IRC Network " + client.mask());
        client.replyText(Numeric.RPL_YOURHOST,
                "Your host is " + network.server() + ", running version " + ServerCommands.VERSION);
        client.replyText(Numeric.RPL_CREATED, "This server was created " + network.started());
        client.reply(Numeric.RPL_MYINFO, network.server(), ServerCommands.VERSION, "i", "biklmnostv", "bklov");
        Settings settings = network.settings();
        for (List<String> tokens : Isupport.lines(settings.network(), settings.limits().channelsPerClient())) {
            client.reply(Numeric.RPL_ISUPPORT, tokens.toArray(String[]::new));
        }
        server.users(client);
        server.motd(client);
    }
}
