package lattice.daemon.internal.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lattice.daemon.internal.descriptor.DescriptorFile;
import lattice.daemon.internal.descriptor.Sandbox;
import lattice.daemon.internal.descriptor.WrongDescriptorException;

/**
 * The whole command line of a daemon: {@code setsid} gives it a session of its own, {@code prlimit} its limits, {@code
 * setpriv} its user, {@code bwrap} its view of the machine. Each runs the next in its own place, so the process that is
 * started is the daemon; only {@code bwrap} stays, as its parent.
 */
final class CommandLine {
    /** Where a sandboxed daemon finds its socket and config. */
    static final Path INSIDE_SOCKET = Path.of("/lattice/lattice.sock");
    static final Path INSIDE_CONFIG = Path.of("/lattice/config.json");

    private static final String UTIL_LINUX = "util-linux";
    /** What a program sets aside without using it: stacks of threads above all. */
    private static final long SET_ASIDE = 1L << 30;
    private static final List<String> SYSTEM = List.of("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");
    private static final List<String> SYSTEM_CONFIG = List.of("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
            "/etc/alternatives", "/etc/localtime", "/etc/timezone", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group",
            "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/mime.types", "/etc/services", "/etc/protocols");
    private static final List<String> NETWORK_CONFIG = List.of("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf",
            "/etc/gai.conf");

    private final Path home;
    private final Places places;
    private final Mark mark;
    private final Tools tools;

    /**
     * @param home the node's
     * @param places the daemon's
     * @param mark by which its processes are to be known
     * @param tools where the programs are that run it
     */
    CommandLine(Path home, Places places, Mark mark, Tools tools) {
        this.home = home;
        this.places = places;
        this.mark = mark;
        this.tools = tools;
    }

    /** @throws IllegalStateException if it can't be run as it asks; the message says why */
    List<String> of(Program program) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(tools.ofSystem("setsid", UTIL_LINUX).toString());
        line.add(tools.ofSystem("prlimit", UTIL_LINUX).toString());
        line.add("--core=0:0");
        if (mark.canBeLimit()) {
            line.add("--rttime=" + mark.limit() + ":" + mark.limit());
        }
        program.limits().files().ifPresent(files -> line.add("--nofile=" + files + ":" + files));
        program.limits().memory().ifPresent(memory -> line.add("--data=" + (memory + SET_ASIDE) + ":" + (memory
                + SET_ASIDE)));
        if (Room.isOther(program.user())) {
            // Counted for each user, so it says something only of one who runs nothing else.
            program.limits().processes().ifPresent(processes -> line.add("--nproc=" + processes + ":" + processes));
            as(program.user().get(), line);
        }
        String command = resolve(program.command());
        if (program.sandbox().isPresent()) {
            sandbox(program, program.sandbox().get(), command, line);
        }
        line.add(command);
        line.addAll(program.arguments());
        return line;
    }

    private void as(String user, List<String> line) throws IOException {
        line.add(tools.ofSystem("setpriv", UTIL_LINUX).toString());
        line.addAll(List.of("--reuid=" + user, "--regid=" + group(user), "--init-groups", "--no-new-privs", "--inh-caps=-all",
                "--bounding-set=-all"));
    }

    /** The number of a user's own group, by whatever directory of users this machine has. */
    private String group(String user) throws IOException {
        Process asking = new ProcessBuilder(tools.ofSystem("id", "coreutils").toString(), "-g", user)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (InputStream answer = asking.getInputStream()) {
            String group = new String(answer.readNBytes(64), StandardCharsets.US_ASCII).strip();
            if (!group.matches("[0-9]+")) {
                throw new IOException("The group of the user " + user + " can't be found.");
            }
            return group;
        }
    }

    private static String resolve(String command) throws IOException {
        Path program = command.startsWith("/") ? Path.of(command) : Tools.named(command).orElseThrow(
                () -> new IllegalStateException("There is no program " + command + " in the node's PATH (" + Tools.path()
                        + "); install it, or name it by its whole path."));
        if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
            throw new IllegalStateException(program + " is no program that can be run.");
        }
        try {
            DescriptorFile.checkSafe(program.toRealPath());
        } catch (WrongDescriptorException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
        return program.toString();
    }

    private void sandbox(Program program, Sandbox sandbox, String command, List<String> line) throws IOException {
        line.add(tools.ofSystem("bwrap", "bubblewrap, or take 'sandbox' out of its descriptor: it is not run without")
                .toString());
        line.addAll(List.of("--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--hostname", "lattice"));
        if (sandbox.network()) {
            line.add("--share-net");
        }
        for (String path : SYSTEM) {
            Path directory = Path.of(path);
            if (Files.isSymbolicLink(directory)) {
                line.addAll(List.of("--symlink", Files.readSymbolicLink(directory).toString(), path));
            } else {
                line.addAll(List.of("--ro-bind-try", path, path));
            }
        }
        Path node = home.toRealPath();
        if (isOfSystem(node)) {
            line.addAll(List.of("--tmpfs", node.toString()));
        }
        SYSTEM_CONFIG.forEach(path -> line.addAll(List.of("--ro-bind-try", path, path)));
        if (sandbox.network()) {
            NETWORK_CONFIG.forEach(path -> line.addAll(List.of("--ro-bind-try", path, path)));
        }
        line.addAll(List.of("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"));
        if (!isOfSystem(Path.of(command).toRealPath())) {
            line.addAll(List.of("--ro-bind", command, command));
        }
        for (Path path : sandbox.read()) {
            line.addAll(List.of("--ro-bind", apart(path), path.toString()));
        }
        for (Path path : sandbox.write()) {
            line.addAll(List.of("--bind", apart(path), path.toString()));
        }
        String directory = program.directory().isPresent() ? apart(program.directory().get()) : places.directory().toString();
        line.addAll(List.of("--bind", directory, Sandbox.DIRECTORY.toString(),
                "--ro-bind", places.config().toString(), INSIDE_CONFIG.toString(),
                "--bind", places.socket().toString(), INSIDE_SOCKET.toString(),
                "--chdir", Sandbox.DIRECTORY.toString(), "--"));
    }

    private static boolean isOfSystem(Path real) throws IOException {
        for (String path : SYSTEM) {
            if (Files.exists(Path.of(path)) && real.startsWith(Path.of(path).toRealPath())) {
                return true;
            }
        }
        return false;
    }

    /** A path that shows nothing of the node's home. */
    private String apart(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new IllegalStateException("Its sandbox is to show " + path + ", which is not there.");
        }
        Path real = path.toRealPath(new LinkOption[0]);
        Path node = home.toRealPath();
        if (real.startsWith(node) || node.startsWith(real)) {
            throw new IllegalStateException("Its sandbox is to show " + path + ", which holds something of the node's home "
                    + home + "; no sandbox shows that.");
        }
        return real.toString();
    }
}
