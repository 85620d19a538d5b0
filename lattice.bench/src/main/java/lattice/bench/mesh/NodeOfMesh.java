package lattice.bench.mesh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.api.id.ServiceId;
import lattice.client.ClientSettings;
import lattice.client.NodeAddress;
import lattice.client.NodeConnection;
import lattice.testkit.process.FreePort;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.NodeProcess;

/** A real node of a mesh on loopback, and a program that talks to it over its socket, as a service does. */
final class NodeOfMesh implements AutoCloseable {
    private static final ServiceId SERVICE = new ServiceId("org.lattice.bench");
    private static final Pattern INVITATION = Pattern.compile("\"invitation\":\"([^\"]+)\"");
    private static final Pattern ROOT_STORE = Pattern.compile("mesh-[0-9a-f]{8}");
    private static final Pattern DIGEST = Pattern.compile("\"digest\":\"([0-9a-f]{64})\"");
    private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]+)\"");
    private static final Pattern TRAFFIC = Pattern.compile("\"sent\":(\\d+),\"received\":(\\d+)");
    private static final Pattern SINCE = Pattern.compile("\"since\":\"([^\"]+)\"");
    /** Of {@code /proc/PID/stat}: clock ticks in user and kernel mode, counted from after the command's name. */
    private static final int USER_TICKS = 11;
    private static final int TICKS_PER_SECOND = 100;

    private final Path home;
    private String store = "root";
    private String token = "";
    private final NodeProcess process;

    /** @param machine options for the Java machine */
    NodeOfMesh(Path jar, List<String> machine, Path home) throws Exception {
        int port = FreePort.find();
        this.home = home;
        Lattice lattice = Lattice.of(jar).withOptions(machine.toArray(String[]::new)).withOptions("-Xmx512m",
                "-Dlattice.mesh.host=127.0.0.1", "-Dlattice.mesh.port=" + port, "-Dlattice.mesh.addresses=127.0.0.1:" + port);
        process = NodeProcess.start(lattice, home);
    }

    /** Holds it still, so that the others think it gone; what it has compiled and cached stays. */
    void hold() throws Exception {
        signal("STOP");
    }

    void letGo() throws Exception {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start();
        if (kill.waitFor() != 0) {
            throw new IOException("The signal " + name + " could not be sent.");
        }
    }

    void join(NodeOfMesh inviter) throws IOException {
        store = found(ROOT_STORE, 0, process.must("lattice:join "
                + found(INVITATION, 1, inviter.process.must("lattice:invite --json"))));
    }

    private static String found(Pattern pattern, int group, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("The node answered what was not expected: " + text);
        }
        return matcher.group(group);
    }

    NodeConnection connect() throws IOException {
        if (token.isEmpty()) {
            token = found(TOKEN, 1, process.must("lattice:token create " + SERVICE.name() + " --store " + store
                    + " --read /bench --write /bench --json"));
        }
        return NodeConnection.open(new ClientSettings(new NodeAddress.Socket(home.resolve("run/lattice.sock")), SERVICE,
                token));
    }

    String digest() throws IOException {
        return found(DIGEST, 1, process.must("lattice:digest " + store + " --json"));
    }

    /** When the first of its links was opened that it has had since some time; empty if it has none. */
    Optional<Instant> linkedSince(Instant time) throws IOException {
        Matcher since = SINCE.matcher(process.must("lattice:mesh --links --json"));
        return since.results().map(found -> Instant.parse(found.group(1))).filter(opened -> !opened.isBefore(time))
                .min(Comparator.naturalOrder());
    }

    /** How long it has used a processor, in seconds. */
    double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"));
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        return (Double.parseDouble(fields.get(USER_TICKS)) + Double.parseDouble(fields.get(USER_TICKS + 1)))
                / TICKS_PER_SECOND;
    }

    /** Bytes sent over its links so far. */
    long sent() throws IOException {
        Matcher traffic = TRAFFIC.matcher(process.must("lattice:mesh --links --json"));
        long sent = 0;
        while (traffic.find()) {
            sent += Long.parseLong(traffic.group(1));
        }
        return sent;
    }

    @Override
    public void close() throws Exception {
        process.close();
    }
}
