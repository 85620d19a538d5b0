package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.store.Changes;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Runs the tests of the clients in other languages, each where its language is installed. What they need of registries they
 * fetch; where that can't be had they are skipped, which is said.
 */
@Timeout(600)
class OtherLanguagesTest {
    private static final Path CLIENTS = Path.of("..", "clients").toAbsolutePath().normalize();
    private static final String SERVICE = "test.client";

    private final ExecutorService restarting = Executors.newSingleThreadExecutor();
    private ServedStore served;
    private Watch control;

    @BeforeEach
    void serve() throws Exception {
        InMemoryStore store = new InMemoryStore();
        store.register("test.set", (state, command) -> new Decision.Accept(
                new Effect.SetRegister(new Key("/t/register"), command)));
        served = new ServedStore(Limits.standard(), store);
        store.put(new Key("/secret"), "not for clients");
        control = store.watch(new Prefix("/t/control/restart"), new WatchStart.Now(), new WatchListener() {
            @Override
            public void changed(Changes changes) {
                restarting.execute(OtherLanguagesTest.this::restart);
            }

            @Override
            public void ended(WatchEnd end) {
                // With the store, when the test is over.
            }
        });
    }

    /** The socket goes away, something changes, and it is there again. */
    private void restart() {
        try {
            served.stop();
            served.store().put(new Key("/t/r/missed"), "while the socket was gone");
            served.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stop() throws Exception {
        control.close();
        restarting.shutdown();
        assertThat(restarting.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        served.close();
    }

    @Test
    void python() throws Exception {
        Path work = fresh("python");
        assumeInstalled("Python", "python3", "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))");
        Path environment = work.resolve("venv");
        assertThat(run(work, Map.of(), "python3", "-m", "venv", environment.toString())).isZero();
        String python = environment.resolve("bin/python").toString();
        // A copy, so that the build leaves nothing in the tree.
        Path copy = copy("python", work);
        assumeFetched("Python", run(work, Map.of(), python, "-m", "pip", "install", "--quiet", "setuptools", "wheel",
                "grpcio", "grpcio-tools", "googleapis-common-protos", "aiohttp", "pytest", "pytest-asyncio"));
        assertThat(run(work, Map.of(), python, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-index",
                copy.resolve("clients/python") + "[test,webhook]")).isZero();
        assertThat(run(copy.resolve("clients/python"), environment(), python, "-m", "pytest", "-q", "-p", "no:cacheprovider"))
                .isZero();
    }

    @Test
    void node() throws Exception {
        Path work = fresh("node");
        assumeInstalled("Node.js", "node", "-e", "process.exit(process.versions.node.split('.')[0] < 20 ? 1 : 0)");
        assumeInstalled("npm", "npm", "--version");
        Path copy = copy("node", work).resolve("clients/node");
        assumeFetched("Node.js", run(copy, Map.of(), "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
                "--silent"));
        assertThat(run(copy, Map.of(), "npm", "run", "prepare")).isZero();
        assertThat(run(copy, environment(), "npm", "test")).isZero();
    }

    @Test
    void go() throws Exception {
        Path work = fresh("go");
        assumeInstalled("Go", "sh", "-c", "go env GOVERSION | grep -Eq '^go1[.](2[1-9]|[3-9][0-9])'");
        Path copy = copy("go", work).resolve("clients/go");
        assumeFetched("Go", run(copy, Map.of(), "go", "mod", "download"));
        assertThat(run(copy, environment(), "go", "test", "-p", "1", "-count=1", "-timeout", "120s", "./...")).isZero();
        assertThat(run(copy, Map.of(), "go", "build", "-o", work.resolve("bin/lattice-mirror").toString(),
                "./cmd/lattice-mirror")).isZero();
    }

    /** Where a client is installed: anew each time, and left there for the tests that run its daemon under a real node. */
    private static Path fresh(String language) throws IOException {
        Path work = Path.of("target", "clients", language).toAbsolutePath();
        if (Files.isDirectory(work)) {
            try (var files = Files.walk(work)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    // Go's cache of modules may be read-only.
                    file.getParent().toFile().setWritable(true);
                    Files.delete(file);
                }
            }
        }
        return Files.createDirectories(work);
    }

    /** The folder of a language, beside the protocol as in the tree. */
    private static Path copy(String language, Path work) throws IOException {
        Path tree = work.resolve("tree");
        for (Path folder : List.of(CLIENTS.resolve(language), CLIENTS.resolveSibling("lattice.protocol/src/main/protobuf"))) {
            Path root = CLIENTS.getParent();
            try (var files = Files.walk(folder)) {
                for (Path file : files.filter(Files::isRegularFile).filter(OtherLanguagesTest::source).toList()) {
                    Path target = tree.resolve(root.relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
        return tree;
    }

    private static boolean source(Path file) {
        for (Path part : file) {
            if (List.of("node_modules", "build", "dist", "__pycache__", ".pytest_cache").contains(part.toString())) {
                return false;
            }
        }
        return true;
    }

    private Map<String, String> environment() {
        return Map.of("LATTICE_SOCKET", served.socket().toString(), "LATTICE_SERVICE_ID", SERVICE,
                "LATTICE_TOKEN", served.token(SERVICE, "/t", "/t"), "LATTICE_STORE", "root");
    }

    private static void assumeInstalled(String language, String... probe) throws Exception {
        boolean there;
        try {
            there = run(Path.of("."), Map.of(), probe) == 0;
        } catch (IOException e) {
            there = false;
        }
        if (!there) {
            System.out.println("SKIPPED: " + language + " is not installed here, or too old; the client that needs it was not"
                    + " tested.");
        }
        Assumptions.assumeTrue(there, language + " is not installed here, or too old");
    }

    private static void assumeFetched(String language, int status) {
        if (status != 0) {
            System.out.println("SKIPPED: what the client for " + language + " needs could not be fetched; it was not tested.");
        }
        Assumptions.assumeTrue(status == 0, "what the client for " + language + " needs could not be fetched");
    }

    private static int run(Path directory, Map<String, String> environment, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Path output = Files.createTempFile("lattice", ".out");
        try {
            Process process = builder.redirectOutput(output.toFile()).start();
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " did not end. " + Files.readString(output));
            }
            if (process.exitValue() != 0) {
                System.out.println(Files.readString(output));
            }
            return process.exitValue();
        } finally {
            Files.delete(output);
        }
    }
}
