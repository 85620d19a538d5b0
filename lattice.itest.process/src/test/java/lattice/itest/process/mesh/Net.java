package lattice.itest.process.mesh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Machines, as network namespaces around one that routes between them. What is cut is dropped in silence by the router, as
 * a broken network does it: neither end is told.
 */
final class Net implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 20;

    private final String prefix = "lt" + ProcessHandle.current().pid() + "-";
    private final String router = prefix + "r";
    private final int machines;
    private final List<String> made = new ArrayList<>();

    private Net(int machines) {
        this.machines = machines;
    }

    /** Why there can be no such network on this machine; empty if there can be. */
    static String missing() throws Exception {
        if (!Files.isExecutable(Path.of("/usr/sbin/ip")) && !Files.isExecutable(Path.of("/sbin/ip"))) {
            return "Real networks are not tried: there is no program ip; install iproute2.";
        }
        if (!"root".equals(System.getProperty("user.name"))) {
            return "Real networks are not tried: only root can make network namespaces.";
        }
        try (Net net = new Net(1)) {
            net.make();
            return "";
        } catch (IOException e) {
            return "Real networks are not tried: this machine lets even root make no network namespaces ("
                    + e.getMessage() + ").";
        }
    }

    /** Machines 0 to {@code count - 1}, each of which reaches the others. */
    static Net of(int count) throws Exception {
        Net net = new Net(count);
        try {
            net.make();
            return net;
        } catch (IOException e) {
            net.close();
            throw e;
        }
    }

    private void make() throws IOException, InterruptedException {
        run("ip", "netns", "add", router);
        made.add(router);
        run("ip", "netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        for (int i = 0; i < machines; i++) {
            run("ip", "netns", "add", name(i));
            made.add(name(i));
            run("ip", "link", "add", "e0", "netns", name(i), "type", "veth", "peer", "name", "m" + i, "netns", router);
            run("ip", "-n", router, "addr", "add", subnet(i) + "1/24", "dev", "m" + i);
            run("ip", "-n", router, "link", "set", "m" + i, "up");
            run("ip", "-n", name(i), "addr", "add", address(i) + "/24", "dev", "e0");
            run("ip", "-n", name(i), "link", "set", "lo", "up");
            run("ip", "-n", name(i), "link", "set", "e0", "up");
            run("ip", "-n", name(i), "route", "add", "default", "via", subnet(i) + "1");
        }
    }

    private String name(int machine) {
        return prefix + machine;
    }

    private static String subnet(int machine) {
        return "10.213." + machine + ".";
    }

    String address(int machine) {
        return subnet(machine) + "2";
    }

    /** What a program on a machine is run with. */
    String[] on(int machine) {
        return new String[] {"ip", "netns", "exec", name(machine)};
    }

    /** Nothing gets from one to the other any more, either way. */
    void cut(int one, int other) throws Exception {
        rule("add", one, other);
        rule("add", other, one);
    }

    private void rule(String verb, int from, int to) throws IOException, InterruptedException {
        run("ip", "-n", router, "rule", verb, "from", address(from), "to", address(to), "blackhole");
    }

    /** A machine reaches nobody any more. */
    void isolate(int machine) throws Exception {
        for (int other = 0; other < machines; other++) {
            if (other != machine) {
                cut(machine, other);
            }
        }
    }

    /** All is connected again. */
    void heal() throws Exception {
        for (String rule : run("ip", "-n", router, "rule").lines().filter(line -> line.endsWith("blackhole")).toList()) {
            run("ip", "-n", router, "rule", "del", "pref", rule.substring(0, rule.indexOf(':')));
        }
    }

    IntStream all() {
        return IntStream.range(0, machines);
    }

    static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + ": " + said.strip());
        }
        return said;
    }

    @Override
    public void close() throws Exception {
        for (String name : made) {
            run("ip", "netns", "del", name);
        }
    }
}
