package lattice.launcher.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

/** A node in a throw-away home, with something to see in it: its health, and an IRC gateway to talk to. */
final class Demo {
    private static final int IRC_PORT = 6667;

    private Demo() {
    }

    static NodeSettings settings(ShellMode shell) throws LauncherException {
        try {
            NodeHome home = new NodeHome(Files.createTempDirectory("lattice-demo"));
            return new NodeSettings(home, shell, startup(freePort()), "", Optional.empty(), true);
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, "The demo finds no room: " + e.getMessage() + ".", e);
        }
    }

    private static List<String> startup(int port) {
        return List.of(
                "lattice:declare lattice.health",
                "lattice:declare lattice.irc-gateway --set port=" + port,
                "lattice:consent lattice.health FollowMesh",
                "lattice:consent lattice.irc-gateway AlwaysAllow",
                "echo 'An IRC gateway listens on 127.0.0.1, port " + port + ": point any IRC client there and join #lattice.'",
                "echo 'This node lives in a throw-away home, deleted when you leave. "
                        + "Try: lattice:services, lattice:why lattice.irc-gateway, help, exit.'");
    }

    /** The usual port of IRC, or another if that is taken. */
    private static int freePort() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket usual = new ServerSocket()) {
            usual.bind(new InetSocketAddress(loopback, IRC_PORT));
            return IRC_PORT;
        } catch (IOException taken) {
            try (ServerSocket any = new ServerSocket(0, 1, loopback)) {
                return any.getLocalPort();
            }
        }
    }
}
