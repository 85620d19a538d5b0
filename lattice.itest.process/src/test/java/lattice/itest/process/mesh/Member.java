package lattice.itest.process.mesh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.NodeProcess;
import lattice.testkit.process.Operator;

/** A node on a machine of its own. */
final class Member implements AutoCloseable {
    private static final Pattern INVITATION = Pattern.compile("\"invitation\":\"([^\"]+)\"");
    private static final Pattern ROOT_STORE = Pattern.compile("mesh-[0-9a-f]{8}");
    private static final Pattern DIGEST = Pattern.compile("\"digest\":\"([0-9a-f]{64})\"");
    private static final Pattern OWN_MESH = Pattern.compile("\"mesh\":\"([0-9a-f]{8})\",\"root store\":\"root\"");

    private final String name;
    private final Path home;
    private String store = "root";
    private Lattice lattice;
    private NodeProcess process;

    /** Starts a new node. */
    Member(String name, Lattice lattice, Path scratch) throws Exception {
        this.name = name;
        this.lattice = lattice;
        this.home = scratch.resolve(name);
        start();
    }

    void start() throws Exception {
        process = NodeProcess.start(lattice, home);
    }

    /** Starts it otherwise than before. */
    void start(Lattice changed) throws Exception {
        lattice = changed;
        start();
    }

    /** SIGKILL. */
    void kill() throws Exception {
        process.close();
    }

    String name() {
        return name;
    }

    /** What it calls the root store of the mesh that it shares with the others. */
    String store() {
        return store;
    }

    /** The first digits of the id of the mesh that it founded. */
    String ownMesh() throws IOException {
        Matcher own = OWN_MESH.matcher(must("lattice:mesh --json"));
        if (!own.find()) {
            throw new AssertionError("A node that founded no mesh.");
        }
        return own.group(1);
    }

    /** The first digits of the id of the mesh that it shares with the others. */
    String mesh() throws IOException {
        return store.equals("root") ? ownMesh() : store.substring("mesh-".length());
    }

    String must(String command) throws IOException {
        return process.must(command);
    }

    Operator.Answer exec(String command) throws IOException {
        return process.exec(command);
    }

    String invite(String options) throws IOException {
        Matcher invitation = INVITATION.matcher(must("lattice:invite --json " + options));
        if (!invitation.find()) {
            throw new AssertionError("lattice:invite printed no invitation.");
        }
        return invitation.group(1);
    }

    /** Joins; returns what it calls the root store of that mesh. */
    String join(Member inviter, String options) throws IOException {
        String said = must("lattice:join " + inviter.invite(options) + " --name " + name);
        Matcher joined = ROOT_STORE.matcher(said);
        if (!joined.find()) {
            throw new AssertionError("lattice:join names no store: " + said);
        }
        return joined.group();
    }

    /** Joins the mesh that {@link #put} and {@link #digest} are about. */
    void follow(Member inviter, String options) throws IOException {
        store = join(inviter, options);
    }

    void put(String key, String value) throws IOException {
        must("lattice:put --store " + store + " " + key + " " + value);
    }

    boolean has(String inStore, String key) throws IOException {
        return exec("lattice:get --store " + inStore + " " + key).status() == 0;
    }

    boolean has(String key) throws IOException {
        return has(store, key);
    }

    String log() throws IOException {
        return Files.readString(home.resolve("logs").resolve("lattice.log"));
    }

    String digest() throws IOException {
        Matcher digest = DIGEST.matcher(must("lattice:digest " + store + " --json"));
        if (!digest.find()) {
            throw new AssertionError("lattice:digest printed no digest.");
        }
        return digest.group(1);
    }

    @Override
    public void close() throws Exception {
        process.close();
    }

    @Override
    public String toString() {
        return name;
    }
}
