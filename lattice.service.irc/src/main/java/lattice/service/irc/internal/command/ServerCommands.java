package lattice.service.irc.internal.command;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.Consumer;
import lattice.service.irc.internal.protocol.Mask;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Session;
import lattice.service.irc.internal.session.Settings;

/** Questions about the server. */
final class ServerCommands implements Family {
    static final String VERSION = "lattice-irc-0.1";

    private static final DateTimeFormatter TIME = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

    private final Network network;

    ServerCommands(Network network) {
        this.network = network;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of("MOTD", 0, (client, message) -> here(client, message, this::motd)),
                Command.of("LUSERS", 0, (client, message) -> users(client)),
                Command.of("VERSION", 0, (client, message) -> here(client, message, this::version)),
                Command.of("TIME", 0, (client, message) -> here(client, message, this::time)),
                Command.of("ADMIN", 0, (client, message) -> here(client, message, this::admin)),
                Command.of("INFO", 0, (client, message) -> here(client, message, this::info)));
    }

    /** The message of the day. */
    void motd(Session client) {
        List<String> lines = network.settings().motd();
        if (lines.isEmpty()) {
            client.reply(Numeric.ERR_NOMOTD);
            return;
        }
        client.replyText(Numeric.RPL_MOTDSTART, "- " + network.server() + " Message of the day -");
        lines.forEach(line -> client.replyText(Numeric.RPL_MOTD, "- " + line));
        client.reply(Numeric.RPL_ENDOFMOTD);
    }

    /** How many users and channels there are. */
    void users(Session client) {
        List<Session> users = network.users();
        int all = users.size();
        long invisible = users.stream().filter(Session::isInvisible).count();
        int unknown = network.sessions().size() - all;
        int most = network.mostUsers();
        client.replyText(Numeric.RPL_LUSERCLIENT, "There are " + (all - invisible) + " users and " + invisible
                + " invisible on 1 servers");
        client.replyText(Numeric.RPL_LUSEROP, "0", "operator(s) online");
        client.replyText(Numeric.RPL_LUSERUNKNOWN, String.valueOf(unknown), "unknown connection(s)");
        client.replyText(Numeric.RPL_LUSERCHANNELS, String.valueOf(network.channels().size()), "channels formed");
        client.replyText(Numeric.RPL_LUSERME, "I have " + all + " clients and 0 servers");
        client.replyText(Numeric.RPL_LOCALUSERS, String.valueOf(all), String.valueOf(most),
                "Current local users " + all + ", max " + most);
        client.replyText(Numeric.RPL_GLOBALUSERS, String.valueOf(all), String.valueOf(most),
                "Current global users " + all + ", max " + most);
    }

    private void version(Session client) {
        client.replyText(Numeric.RPL_VERSION, VERSION, network.server(), "Chat in a Lattice store");
        Settings settings = network.settings();
        Isupport.lines(settings.network(), settings.limits().channelsPerClient())
                .forEach(tokens -> client.reply(Numeric.RPL_ISUPPORT, tokens.toArray(String[]::new)));
    }

    private void time(Session client) {
        client.replyText(Numeric.RPL_TIME, network.server(), TIME.format(network.now()));
    }

    private void admin(Session client) {
        client.replyText(Numeric.RPL_ADMINME, network.server(), "Administrative info");
        client.replyText(Numeric.RPL_ADMINLOC1, "The gateway of " + network.settings().network() + " on this Lattice node");
        client.replyText(Numeric.RPL_ADMINLOC2, "What it runs is what its owner has consented to");
        client.replyText(Numeric.RPL_ADMINEMAIL, "Ask the owner of the node");
    }

    private void info(Session client) {
        client.replyText(Numeric.RPL_INFO, VERSION);
        client.replyText(Numeric.RPL_INFO, "Channels live in the store of a Lattice mesh; users are those of this gateway.");
        client.replyText(Numeric.RPL_INFO, "On-line since " + TIME.format(network.started()));
        client.reply(Numeric.RPL_ENDOFINFO);
    }

    /** Answers a question about this server, which is the only one there is. */
    private void here(Session client, Message message, Consumer<Session> answer) {
        String target = message.param(0);
        if (target.isEmpty() || Mask.matches(target, network.server()) || network.user(target).isPresent()) {
            answer.accept(client);
        } else {
            client.reply(Numeric.ERR_NOSUCHSERVER, Commands.shown(target));
        }
    }
}
