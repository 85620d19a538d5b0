package lattice.service.irc.internal.session;

import java.time.Duration;
import java.util.List;
import lattice.api.service.ServiceConfig;
import lattice.service.irc.internal.protocol.Names;

/**
 * How the gateway is to be.
 *
 * @param bind the address that it listens on
 * @param port 0 for any that is free
 * @param network what the network is called
 * @param server the name of the server, with a dot in it
 * @param channels those that are always there
 * @param userChannels whether users may open others
 * @param history how many lines of a channel a client that joins is shown
 * @param retention how many lines of a channel the store keeps
 * @param motd the lines of the message of the day
 * @param limits what clients may take
 */
public record Settings(String bind, int port, String network, String server, List<String> channels,
        boolean userChannels, int history, int retention, List<String> motd, Limits limits) {
    /** @throws IllegalArgumentException if a field is wrong in a way that the schema does not catch */
    public Settings {
        channels = List.copyOf(channels);
        motd = List.copyOf(motd);
        if (!Names.isServer(server)) {
            throw new IllegalArgumentException("Config field 'serverName' must be words joined by dots, such as "
                    + "irc.example.org, not '" + server + "'.");
        }
        if (!network.matches("[A-Za-z0-9._-]{1,30}")) {
            throw new IllegalArgumentException("Config field 'network' must be 1 to 30 letters, digits, dots, hyphens or "
                    + "underscores, not '" + network + "'.");
        }
        channels.stream().filter(name -> !Names.isChannel(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException("Config field 'channels' has '" + name + "', which is no channel: a '#' "
                    + "and no spaces, commas or colons, at most " + Names.MAX_CHANNEL + " characters.");
        });
        if (retention < history) {
            throw new IllegalArgumentException("Config field 'retention' (" + retention + " lines) must be at least "
                    + "'history' (" + history + " lines): what is shown must be kept.");
        }
    }

    /** @throws IllegalArgumentException if a field is absent or wrong */
    public static Settings of(ServiceConfig config) {
        Limits limits = new Limits(config.integer("maxConnections"), config.integer("maxConnectionsPerAddress"),
                config.integer("maxChannels"), config.integer("maxChannelsPerClient"), config.integer("linesPerSecond"),
                config.integer("burstLines"), Duration.ofSeconds(config.integer("idleSeconds")),
                Duration.ofSeconds(config.integer("registrationSeconds")), config.integer("sendQueueBytes"));
        String motd = config.string("motd").stripTrailing();
        return new Settings(config.string("bind"), config.integer("port"), config.string("network"),
                config.string("serverName"), config.strings("channels"), config.bool("userChannels"),
                config.integer("history"), config.integer("retention"),
                motd.isEmpty() ? List.of() : motd.lines().toList(), limits);
    }

    /** Whether a running gateway can take these without new sockets and without its clients noticing another server. */
    public boolean sameServer(Settings other) {
        return bind.equals(other.bind) && port == other.port && network.equals(other.network) && server.equals(other.server);
    }
}
