package lattice.service.irc.internal.command;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Session;

/** Which extensions a client uses (IRCv3 "Capability Negotiation"). */
final class CapabilityCommands implements Family {
    private final Network network;
    private final ServerCommands server;

    CapabilityCommands(Network network, ServerCommands server) {
        this.network = network;
        this.server = server;
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.early("CAP", 1, this::cap));
    }

    private void cap(Session client, Message message) {
        String subcommand = message.param(0).toUpperCase(Locale.ROOT);
        switch (subcommand) {
            case "LS" -> {
                client.negotiating(!client.isRegistered());
                if (isVersion302(message.param(1))) {
                    client.capabilities().add(Capability.CAP_NOTIFY);
                }
                answer(client, "LS", names(EnumSet.allOf(Capability.class)));
            }
            case "LIST" -> answer(client, "LIST", names(client.capabilities()));
            case "REQ" -> {
                client.negotiating(!client.isRegistered());
                request(client, message.param(1));
            }
            case "END" -> {
                client.negotiating(false);
                RegistrationCommands.welcome(client, network, server);
            }
            default -> client.reply(Numeric.ERR_INVALIDCAPCMD, Commands.shown(message.param(0)));
        }
    }

    /** All of what is asked for, or nothing. */
    private void request(Session client, String asked) {
        Set<Capability> wanted = EnumSet.noneOf(Capability.class);
        wanted.addAll(client.capabilities());
        for (String word : asked.trim().split(" +")) {
            boolean drop = word.startsWith("-");
            Optional<Capability> capability = Capability.named(drop ? word.substring(1) : word);
            if (capability.isEmpty() && !word.isEmpty()) {
                answer(client, "NAK", asked);
                return;
            }
            capability.ifPresent(named -> {
                if (drop) {
                    wanted.remove(named);
                } else {
                    wanted.add(named);
                }
            });
        }
        client.capabilities().retainAll(wanted);
        client.capabilities().addAll(wanted);
        answer(client, "ACK", asked);
    }

    private void answer(Session client, String subcommand, String names) {
        client.send(Message.text(network.server(), "CAP", client.nick(), subcommand, names));
    }

    private static String names(Set<Capability> capabilities) {
        return capabilities.stream().map(Capability::wireName).collect(Collectors.joining(" "));
    }

    private static boolean isVersion302(String version) {
        return version.matches("[0-9]{3,6}") && Integer.parseInt(version) >= 302;
    }
}
