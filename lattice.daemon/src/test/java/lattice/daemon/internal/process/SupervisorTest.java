package lattice.daemon.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceInstance;
import lattice.daemon.internal.descriptor.DescriptorFile;
import lattice.daemon.internal.descriptor.Readiness;
import lattice.daemon.internal.descriptor.ResourceLimits;
import lattice.daemon.internal.descriptor.Sandbox;
import lattice.registry.process.Completed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, with a registry and tokens of the test. */
@Timeout(60)
class SupervisorTest {
    private static final Readiness LINE = new Readiness.Line("ready");

    @TempDir
    Path home;

    private final TestTokens tokens = new TestTokens();
    private final List<ServiceInstance> started = new ArrayList<>();
    private Supervisor supervisor;
    private GrantedTestContext context;

    @BeforeEach
    void begin() throws Exception {
        Files.createFile(Files.createDirectory(home.resolve("run")).resolve("lattice.sock"));
        supervisor = supervisor();
        context = new GrantedTestContext(new ServiceId("test.daemon"), new ServiceConfig(Map.of("port", 7L, "x", List.of(1L))),
                home);
    }

    private Supervisor supervisor() throws IOException {
        return new Supervisor(home, "ab".repeat(32), tokens, () -> Optional.of(new TestSocket(home.resolve("run/lattice.sock"))));
    }

    @AfterEach
    void end() throws Exception {
        for (ServiceInstance instance : started) {
            instance.close();
        }
        supervisor.close();
    }

    private static Program shell(String script, Readiness readiness, ResourceLimits limits, Optional<Sandbox> sandbox) {
        return new Program("/bin/sh", List.of("-c", script), Map.of("WORD", "said"), List.of(), Optional.empty(),
                Optional.empty(), limits, readiness, sandbox, Duration.ofSeconds(1));
    }

    private static Program shell(String script) {
        return shell(script, LINE, ResourceLimits.NONE, Optional.empty());
    }

    private ServiceInstance start(Program program) throws Exception {
        ServiceInstance instance = supervisor.start(program, context);
        started.add(instance);
        return instance;
    }

    private Path work() throws IOException {
        return supervisor.directory(context);
    }

    private String written(String name) throws Exception {
        Path file = work().resolve(name);
        await(() -> Files.exists(file) && Files.size(file) > 0);
        return Files.readString(file).strip();
    }

    private boolean lives(String file) throws Exception {
        return ProcessTable.row(Long.parseLong(written(file))).isPresent();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("It did not come.");
            }
            Thread.sleep(10);
        }
    }

    @Test
    void tellsTheDaemonWhatItNeedsAndNothingElse() throws Exception {
        ServiceInstance instance = start(shell("""
                env > env; cat $LATTICE_CONFIG > config; stat -c %a $LATTICE_CONFIG > mode
                echo ready http://[::1]:80/ and irc://127.0.0.1:6667; exec sleep 1000"""));
        assertThat(context.endpoints()).containsExactly(new Endpoint("http", "::1", 80), new Endpoint("irc", "127.0.0.1", 6667));
        assertThat(written("env").lines()).contains("WORD=said", "LATTICE_SERVICE_ID=test.daemon",
                "LATTICE_TOKEN=secret-1", "LATTICE_SOCKET=" + home.resolve("run/lattice.sock"), "LATTICE_STORE="
                        + context.store().name(), "LATTICE_NODE_ID=" + "ab".repeat(32))
                .allMatch(line -> line.matches("(WORD|PATH|PWD|OLDPWD|SHLVL|_|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|LATTICE_[A-Z_]+)=.*"));
        assertThat(written("config")).isIn("{\"port\":7,\"x\":[1]}", "{\"x\":[1],\"port\":7}");
        assertThat(written("mode")).isEqualTo("600");
        assertThat(tokens.good()).containsExactly("1");
        instance.close();
        assertThat(tokens.good()).isEmpty();
        assertThat(context.failures()).isEmpty();
        try (var left = Files.list(home.resolve("run/daemons"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void theSecondStartHasAnotherToken() throws Exception {
        start(shell("echo $LATTICE_TOKEN > first; echo ready; exec sleep 1000")).close();
        start(shell("echo $LATTICE_TOKEN > second; echo ready; exec sleep 1000"));
        assertThat(written("first")).isEqualTo("secret-1");
        assertThat(written("second")).isEqualTo("secret-2");
        assertThat(tokens.good()).containsExactly("2");
    }

    @Test
    void isReadyWhenItCalls() throws Exception {
        tokens.onIssue(ready -> {
            Thread caller = new Thread(() -> {
                try {
                    assertThat(written("begun")).isEqualTo("yes");
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                ready.ready(List.of(new Endpoint("http", "127.0.0.1", 81)));
            });
            caller.start();
        });
        start(shell("echo yes > begun; exec sleep 1000", new Readiness.Call(), ResourceLimits.NONE, Optional.empty()));
        assertThat(written("begun")).isEqualTo("yes");
        assertThat(context.endpoints()).containsExactly(new Endpoint("http", "127.0.0.1", 81));
    }

    @Test
    void isReadyWhenItsPortIsOpenWhichNobodyElseMayHave() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Readiness port = new Readiness.Port("http", "127.0.0.1", String.valueOf(taken.getLocalPort()));
            assertThatThrownBy(() -> start(shell("sleep 1000", port, ResourceLimits.NONE, Optional.empty())))
                    .isInstanceOf(BindException.class).hasMessageContaining("is taken");
        }
        assertThat(tokens.good()).isEmpty();
        assertThatThrownBy(() -> start(shell("sleep 1000", new Readiness.Port("http", "127.0.0.1", "/x"),
                ResourceLimits.NONE, Optional.empty()))).hasMessageContaining("a port from 1 to 65535 is needed");
    }

    @Test
    void saysHowOneEndedThatNeverWasReady() throws Exception {
        assertThatThrownBy(() -> start(shell("echo no config >&2; exit 3")))
                .hasMessage("It ended with status 3 before it was ready. It said last: no config");
        assertThatThrownBy(() -> start(new Program("no-such-program", List.of(), Map.of(), List.of(), Optional.empty(),
                Optional.empty(), ResourceLimits.NONE, LINE, Optional.empty(), Duration.ofSeconds(1))))
                .hasMessageContaining("no program no-such-program in the node's PATH");
        assertThat(tokens.good()).isEmpty();
    }

    @Test
    void refusesAProgramThatOthersCanChange() throws Exception {
        Path program = Files.writeString(home.resolve("program"), "#!/bin/sh\necho ready\nexec sleep 1000\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxrwxrwx"));
        Program changeable = new Program(program.toString(), List.of(), Map.of(), List.of(), Optional.empty(),
                Optional.empty(), ResourceLimits.NONE, LINE, Optional.empty(), Duration.ofSeconds(1));
        assertThatThrownBy(() -> start(changeable)).hasMessageContaining("chmod go-w");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        start(changeable);
    }

    @Test
    void tellsWhenOneEndsByItself() throws Exception {
        start(shell("echo ready; sleep 0.3; exit 4"));
        await(() -> !context.failures().isEmpty());
        assertThat(context.failures().get(0)).hasMessageContaining("ended with status 4").isNotInstanceOf(Completed.class);
        await(() -> tokens.good().isEmpty());
    }

    @Test
    void tellsWhenOneIsDone() throws Exception {
        start(shell("echo ready; sleep 0.3; echo done; exit 0"));
        await(() -> !context.failures().isEmpty());
        assertThat(context.failures().get(0)).isInstanceOf(Completed.class).hasMessageContaining("It said last: done");
    }

    @Test
    void killsOneThatIgnoresItsTermination() throws Exception {
        ServiceInstance instance = start(shell("""
                trap '' TERM; (trap '' TERM; echo $(exec sh -c 'echo $PPID') > child; while :; do sleep 1; done) &
                echo $$ > own; echo ready; while :; do sleep 1; done"""));
        assertThat(lives("own")).isTrue();
        assertThat(lives("child")).isTrue();
        instance.close();
        assertThat(lives("own")).isFalse();
        assertThat(lives("child")).isFalse();
    }

    @Test
    void findsWhatDetachesItself() throws Exception {
        ServiceInstance instance = start(shell("""
                setsid sh -c 'setsid sh -c "echo \\$\\$ > detached; exec sleep 1000" & exit 0' &
                wait; while [ ! -s detached ]; do sleep 0.05; done; echo ready; exec sleep 1000"""));
        assertThat(lives("detached")).isTrue();
        instance.close();
        assertThat(lives("detached")).isFalse();
    }

    @Test
    void findsWhatDropsItsEnvironmentTooBeforeAnybodyLooked() throws Exception {
        ServiceInstance instance = start(shell("""
                env -i PATH="$PATH" setsid sh -c 'setsid sh -c "env > left; echo \\$\\$ > detached; exec sleep 1000" & exit 0'
                while [ ! -s detached ]; do sleep 0.01; done; echo ready; exec sleep 1000"""));
        assertThat(lives("detached")).isTrue();
        assertThat(written("left")).doesNotContain(Mark.variable());
        instance.close();
        assertThat(lives("detached")).isFalse();
    }

    @Test
    void endsWhatOneLeavesBehindThatGoesIntoTheBackground() throws Exception {
        start(shell("setsid sh -c 'echo $$ > detached; exec sleep 1000' & echo ready; sleep 0.3; exit 0"));
        await(() -> !context.failures().isEmpty());
        assertThat(context.failures().get(0)).isNotInstanceOf(Completed.class)
                .hasMessageContaining("a daemon stays in the foreground");
        assertThat(lives("detached")).isFalse();
    }

    @Test
    void stopsOneThatIsStillStarting() throws Exception {
        Thread starting = new Thread(() -> {
            try {
                start(shell("echo $$ > own; exec sleep 1000"));
            } catch (Exception e) {
                context.failed(e);
            }
        });
        starting.start();
        assertThat(lives("own")).isTrue();
        starting.interrupt();
        starting.join(20_000);
        assertThat(context.failures().get(0)).isInstanceOf(InterruptedException.class);
        assertThat(lives("own")).isFalse();
        assertThat(tokens.good()).isEmpty();
    }

    @Test
    void endsOneThatTakesTooMuchMemory() throws Exception {
        // What dd reads in one piece it holds in memory.
        start(shell("echo ready; exec dd if=/dev/zero of=/dev/null bs=200M", LINE,
                new ResourceLimits(OptionalLong.of(64L << 20), OptionalLong.empty(), OptionalLong.empty()), Optional.empty()));
        await(() -> !context.failures().isEmpty());
        assertThat(context.failures().get(0)).hasMessageContaining("its limit is 64.0 MiB");
    }

    @Test
    void endsOneThatForksTooMuch() throws Exception {
        start(shell("echo ready; for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; wait", LINE,
                new ResourceLimits(OptionalLong.empty(), OptionalLong.of(64), OptionalLong.of(5)), Optional.empty()));
        await(() -> !context.failures().isEmpty());
        assertThat(context.failures().get(0)).hasMessageContaining("its limit is 5");
    }

    @Test
    void setsTheLimitOfOpenFiles() throws Exception {
        start(shell("ulimit -n > files; ulimit -c > core; echo ready; exec sleep 1000", LINE,
                new ResourceLimits(OptionalLong.empty(), OptionalLong.of(64), OptionalLong.empty()), Optional.empty()));
        assertThat(written("files")).isEqualTo("64");
        assertThat(written("core")).isEqualTo("0");
    }

    @Test
    void aNodeThatWasKilledFindsWhatItLeftAndNothingElse() throws Exception {
        start(shell("""
                trap '' TERM; setsid sh -c 'trap "" TERM; echo $$ > detached; while :; do sleep 1; done' &
                env -i PATH="$PATH" setsid sh -c 'setsid sh -c "echo \\$\\$ > bare; exec sleep 1000" & exit 0'
                echo $$ > own; echo ready; while :; do sleep 1; done"""));
        assertThat(lives("own")).isTrue();
        assertThat(lives("detached")).isTrue();
        assertThat(lives("bare")).isTrue();
        Process innocent = new ProcessBuilder("sleep", "1000").start();
        try {
            // As if that number had been the daemon's once.
            Files.writeString(home.resolve("run/daemons/other.run"), ProcessTable.boot() + "\n" + "0".repeat(32) + "\n"
                    + innocent.pid() + " 1\n");
            Files.writeString(home.resolve("run/daemons/before.run"), "another-boot\n" + "0".repeat(32) + "\n"
                    + innocent.pid() + " " + ProcessTable.row(innocent.pid()).orElseThrow().id().start() + "\n");
            Files.writeString(home.resolve("run/daemons/junk.run"), ProcessTable.boot() + "\nx\ny\n");
            supervisor().close();
            assertThat(lives("own")).isFalse();
            assertThat(lives("detached")).isFalse();
            assertThat(lives("bare")).isFalse();
            assertThat(innocent.isAlive()).isTrue();
        } finally {
            innocent.destroyForcibly();
        }
    }

    @Test
    void aSandboxShowsNothingOfTheHomeAndNoNetwork() throws Exception {
        assumeSandbox();
        ServiceInstance instance = start(shell("""
                ls %s > home 2>&1; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' > network; ls -a /tmp > tmp
                pwd > pwd; cat $LATTICE_CONFIG > config; [ -e $LATTICE_SOCKET ] && echo there > socket
                (echo x > /usr/x) 2> usr; trap 'echo ended > end; exit 0' TERM; echo ready; while :; do sleep 0.1; done"""
                .formatted(home), LINE, ResourceLimits.NONE, Optional.of(new Sandbox(false, List.of(), List.of()))));
        assertThat(written("home")).contains("No such file");
        assertThat(written("network")).isEqualTo("lo");
        assertThat(written("tmp").lines()).containsExactly(".", "..");
        assertThat(written("pwd")).isEqualTo("/lattice/work");
        assertThat(written("config")).contains("\"port\":7");
        assertThat(written("socket")).isEqualTo("there");
        assertThat(written("usr")).contains("Read-only");
        instance.close();
        assertThat(written("end")).as("it was asked to end before it was made to").isEqualTo("ended");
    }

    @Test
    void noSandboxShowsTheHome() throws Exception {
        assumeSandbox();
        for (Path shown : List.of(home, home.resolve("run"), home.getParent())) {
            assertThatThrownBy(() -> start(shell("echo ready; sleep 1000", LINE, ResourceLimits.NONE,
                    Optional.of(new Sandbox(true, List.of(shown), List.of())))))
                    .hasMessageContaining("no sandbox shows that");
        }
        Path link = Files.createSymbolicLink(home.resolveSibling(home.getFileName() + "-link"), home);
        try {
            assertThatThrownBy(() -> start(shell("echo ready; sleep 1000", LINE, ResourceLimits.NONE,
                    Optional.of(new Sandbox(true, List.of(), List.of(link))))))
                    .hasMessageContaining("no sandbox shows that");
        } finally {
            Files.delete(link);
        }
        assertThat(tokens.good()).isEmpty();
    }

    @Test
    void runsAsAnotherUserWhomTheHomeKeepsOut() throws Exception {
        boolean root = DescriptorFile.own() == 0;
        Program other = new Program("/bin/sh", List.of("-c", """
                id -un > user; cat $LATTICE_CONFIG > config; ls %s > home 2>&1; stat -c %%U $LATTICE_SOCKET > socket
                pwd; echo ready; exec sleep 1000""".formatted(home)), Map.of(), List.of(), Optional.empty(),
                Optional.of("nobody"), ResourceLimits.NONE, LINE, Optional.empty(), Duration.ofSeconds(1));
        if (!root) {
            assertThatThrownBy(() -> start(other)).hasMessageContaining("only a node that runs as root");
            return;
        }
        ServiceInstance instance = start(other);
        Path directory = Path.of("/var/lib/lattice/abababab", context.store().id().shortId() + "-test.daemon");
        try {
            assertThat(Files.readString(directory.resolve("user")).strip()).isEqualTo("nobody");
            assertThat(Files.readString(directory.resolve("config"))).contains("\"port\":7");
            assertThat(Files.readString(directory.resolve("home"))).contains("Permission denied");
            assertThat(Files.readString(directory.resolve("socket")).strip()).isEqualTo("nobody");
            instance.close();
            assertThat(Path.of("/run/lattice/abababab", directory.getFileName().toString(), "lattice.sock")).doesNotExist();
        } finally {
            delete(Path.of("/var/lib/lattice/abababab"));
            delete(Path.of("/run/lattice/abababab"));
        }
    }

    @Test
    void whatOneLeftIsDeletedWhenThatIsAskedForButNothingThatIsInUse(@TempDir Path elsewhere) throws Exception {
        Path precious = Files.writeString(elsewhere.resolve("precious"), "x");
        ServiceInstance instance = start(shell("mkdir -p a/b; echo x > a/b/c; ln -s %s link; ln -s %s a/deep; echo ready; exec sleep 1000"
                .formatted(elsewhere, elsewhere)));
        ServiceId service = context.serviceId();
        assertThat(supervisor.left()).isEmpty();
        assertThat(supervisor.clean(service)).isZero();
        assertThat(home.resolve("work/" + context.store().id().shortId() + "-test.daemon/a/b/c")).exists();
        instance.close();
        assertThat(supervisor.left()).containsExactly(service);
        Files.createDirectory(home.resolve("work/not one of ours"));
        assertThat(supervisor.clean(new ServiceId("test.another"))).isZero();
        assertThat(supervisor.clean(service)).isEqualTo(1);
        assertThat(supervisor.left()).isEmpty();
        assertThat(precious).as("what a link led to").exists();
        try (var rest = Files.list(home.resolve("work"))) {
            assertThat(rest).containsExactly(home.resolve("work/not one of ours"));
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void assumeSandbox() throws Exception {
        boolean there;
        try {
            there = new ProcessBuilder("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true").inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            there = false;
        }
        if (!there) {
            System.out.println("SKIPPED: bubblewrap is not installed here, or may not be used; sandboxes were not tested.");
        }
        Assumptions.assumeTrue(there, "bubblewrap is not installed here, or may not be used");
    }
}
