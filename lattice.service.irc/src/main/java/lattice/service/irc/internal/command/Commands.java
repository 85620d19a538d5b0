package lattice.service.irc.internal.command;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.protocol.Wire;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Session;

/** All commands by their names. */
public final class Commands implements Network.LineHandler {
    private final Map<String, Command> commands;

    public Commands(Network network) {
        ServerCommands server = new ServerCommands(network);
        ModeCommands modes = new ModeCommands(network);
        ListCommands lists = new ListCommands(network);
        Stream<Family> families = Stream.of(new RegistrationCommands(network, server), new CapabilityCommands(network, server),
                server, new ChannelCommands(network, lists), new TopicCommands(network), modes,
                new MessageCommands(network), lists, new WhoCommands(network), new UserCommands(network));
        commands = families.map(Family::commands).flatMap(List::stream)
                .collect(Collectors.toUnmodifiableMap(Command::name, Function.identity()));
    }

    @Override
    public void handle(Session client, String line) {
        Message.parse(line).ifPresent(message -> handle(client, message));
    }

    private void handle(Session client, Message message) {
        Command command = commands.get(message.command());
        if (command == null) {
            if (client.isRegistered()) {
                client.reply(Numeric.ERR_UNKNOWNCOMMAND, shown(message.command()));
            } else {
                client.reply(Numeric.ERR_NOTREGISTERED);
            }
        } else if (!command.early() && !client.isRegistered()) {
            client.reply(Numeric.ERR_NOTREGISTERED);
        } else if (message.params().size() < command.params()) {
            client.reply(Numeric.ERR_NEEDMOREPARAMS, command.name());
        } else {
            command.action().run(client, message);
        }
    }

    /** A word of a client's as a parameter of an answer: never empty, never long, never taken for the last one. */
    static String shown(String word) {
        String plain = Wire.cut(word, 100).replace(' ', '_');
        return plain.isEmpty() || plain.startsWith(":") ? "*" : plain;
    }
}
