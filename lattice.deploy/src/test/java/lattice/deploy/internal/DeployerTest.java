package lattice.deploy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import lattice.deploy.internal.Deployed.State;
import lattice.deploy.internal.sample.Hanging;
import lattice.deploy.internal.sample.Ready;
import lattice.deploy.internal.sample.Throwing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleWiring;

/** In a framework of its own, whose other bundle stands for the distribution. */
@Timeout(60)
class DeployerTest {
    private static final Limits SHORT = new Limits(30, 200, 300, 10_000, 50);
    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    Path temporary;

    private Path directory;
    private Framework framework;
    private Bundle own;
    private Deployer deployer;
    private final List<String> stopped = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() throws Exception {
        directory = temporary.resolve("deploy");
        framework = ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow()
                .newFramework(Map.of("org.osgi.framework.storage", temporary.resolve("cache").toString()));
        framework.start();
        own = install("own", TestJar.bundle("own.bundle", "1.0.0").header("Export-Package", "own.api;own.spi;version=1.0")
                .header("DynamicImport-Package", "late.*").activator(Ready.class));
        own.start();
        framework.getBundleContext().addBundleListener((SynchronousBundleListener) event -> {
            if (event.getType() == BundleEvent.STOPPED && Distribution.isOwn(event.getBundle())) {
                stopped.add(event.getBundle().getSymbolicName());
            }
        });
        deployer = new Deployer(framework.getBundleContext(), new Distribution(framework.getBundleContext()), directory,
                temporary.resolve("scratch"), SHORT);
        deployer.pass();
    }

    @AfterEach
    void stop() throws Exception {
        assertThat(stopped).as("bundles of the distribution that were stopped").isEmpty();
        assertThat(own.getState()).isEqualTo(Bundle.ACTIVE);
        deployer.close();
        framework.stop();
        framework.waitForStop(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }

    @Test
    void startsABundleThatIsNew() throws Exception {
        put("a.jar", TestJar.bundle("a", "1.0.0").activator(Ready.class));

        settle("a.jar", State.RUNNING);

        assertThat(bundle("a").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle("a").getRegisteredServices()).hasSize(1);
        assertThat(shown("a.jar")).isEqualTo(
                new Deployed("a.jar", Optional.of("a"), Optional.of("1.0.0"), State.RUNNING, Optional.empty()));
    }

    @Test
    void whatIsThereAtTheBeginningIsStartedAtOnceAndOneThatHangsIsNotWaitedForLong() throws Exception {
        put("a.jar", TestJar.bundle("a", "1.0.0").activator(Ready.class));
        put("hangs.jar", TestJar.bundle("hangs", "1.0.0").activator(Hanging.class));
        for (String file : List.of("a.jar", "hangs.jar")) {
            Files.setLastModifiedTime(directory.resolve(file), FileTime.from(Instant.now().minusSeconds(60)));
        }

        deployer.begin(500);

        assertThat(shown("a.jar").state()).isEqualTo(State.RUNNING);
        assertThat(shown("hangs.jar").state()).isEqualTo(State.STARTING);
    }

    @Test
    void leavesNoStartToTheFrameworkWhileThatRaisesItsStartLevel() throws Exception {
        framework.stop();
        framework.waitForStop(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        stopped.clear();
        put("hangs.jar", TestJar.bundle("hangs", "1.0.0").activator(Hanging.class));
        put("a.jar", TestJar.bundle("a", "1.0.0").activator(Ready.class));
        for (String file : List.of("a.jar", "hangs.jar")) {
            Files.setLastModifiedTime(directory.resolve(file), FileTime.from(Instant.now().minusSeconds(60)));
        }
        framework.init();
        own = framework.getBundleContext().getBundle("own");
        deployer = new Deployer(framework.getBundleContext(), new Distribution(framework.getBundleContext()), directory,
                temporary.resolve("scratch"), SHORT);

        deployer.begin(100);

        assertThat(shown("a.jar").state()).isEqualTo(State.STARTING);
        assertThat(bundle("a").getState()).isNotEqualTo(Bundle.ACTIVE);

        framework.start();
        settle("a.jar", State.RUNNING);

        assertThat(bundle("a").getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void updatesABundleWhoseFileIsReplacedAndNoOther() throws Exception {
        put("a.jar", TestJar.bundle("a", "1.0.0").activator(Ready.class));
        put("b.jar", TestJar.bundle("b", "1.0.0").activator(Ready.class));
        settle("a.jar", State.RUNNING);
        settle("b.jar", State.RUNNING);
        List<String> events = new CopyOnWriteArrayList<>();
        framework.getBundleContext().addBundleListener(
                (SynchronousBundleListener) event -> events.add(event.getBundle().getSymbolicName()));

        put("a.jar", TestJar.bundle("a", "2.0.0").activator(Ready.class));
        until(() -> shown("a.jar").version().equals(Optional.of("2.0.0")) && shown("a.jar").state() == State.RUNNING);

        assertThat(bundle("a").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(events).isNotEmpty().containsOnly("a");
    }

    @Test
    void removesABundleWhoseFileIsGone() throws Exception {
        put("a.jar", TestJar.bundle("a", "1.0.0").activator(Ready.class));
        settle("a.jar", State.RUNNING);

        Files.delete(directory.resolve("a.jar"));
        until(() -> deployer.shown().isEmpty());

        assertThat(bundles("a")).isEmpty();
    }

    @Test
    void reportsABrokenJarByNameAndGoesOn() throws Exception {
        byte[] whole = TestJar.bundle("a", "1.0.0").activator(Ready.class).bytes();
        put("broken.jar", Arrays.copyOf(whole, whole.length / 2));
        put("text.jar", "no jar at all".getBytes());
        put("good.jar", TestJar.bundle("good", "1.0.0").activator(Ready.class));

        settle("broken.jar", State.BROKEN);
        settle("text.jar", State.BROKEN);
        settle("good.jar", State.RUNNING);

        assertThat(shown("broken.jar").problem()).hasValueSatisfying(problem -> assertThat(problem).contains("broken"));
    }

    @Test
    void noticesDamageInTheMiddleOfAJar() throws Exception {
        byte[] damaged = TestJar.bundle("a", "1.0.0").activator(Ready.class).bytes();
        int middle = damaged.length / 3;
        for (int i = middle; i < middle + 40; i++) {
            damaged[i] ^= 0x55;
        }
        put("a.jar", damaged);

        settle("a.jar", State.BROKEN);

        assertThat(bundles("a")).isEmpty();
    }

    @Test
    void waitsForAFileThatIsStillBeingWritten() throws Exception {
        byte[] whole = TestJar.bundle("a", "1.0.0").activator(Ready.class).bytes();
        Path file = directory.resolve("a.jar");
        Files.write(file, Arrays.copyOf(whole, 100));
        for (int written = 100; written < whole.length; written += 100) {
            deployer.pass();
            assertThat(shown("a.jar").state()).isIn(State.ARRIVING, State.BROKEN);
            Files.write(file, Arrays.copyOfRange(whole, written, Math.min(whole.length, written + 100)),
                    StandardOpenOption.APPEND);
        }

        settle("a.jar", State.RUNNING);
    }

    @Test
    void aBundleThatHangsInItsActivatorHoldsUpNobody() throws Exception {
        put("1-hangs.jar", TestJar.bundle("hangs", "1.0.0").activator(Hanging.class));
        put("2-runs.jar", TestJar.bundle("runs", "1.0.0").activator(Ready.class));

        settle("2-runs.jar", State.RUNNING);
        until(() -> shown("1-hangs.jar").problem().isPresent());

        assertThat(shown("1-hangs.jar").state()).isEqualTo(State.STARTING);

        Files.delete(directory.resolve("1-hangs.jar"));
        until(() -> deployer.shown().size() == 1);

        assertThat(bundles("hangs")).isEmpty();
    }

    @Test
    void aBundleThatFailsToStartSaysWhy() throws Exception {
        put("a.jar", TestJar.bundle("a", "1.0.0").activator(Throwing.class));

        settle("a.jar", State.STOPPED);

        assertThat(shown("a.jar").problem()).contains(
                "It failed to start: NoClassDefFoundError: on purpose; lattice:log has the details.");
    }

    @Test
    void refusesToReplaceWhatBelongsToTheNode() throws Exception {
        put("export.jar", TestJar.bundle("export", "1.0.0").header("Export-Package", "fine,own.spi;version=\"2,0\""));
        put("java.jar", TestJar.bundle("java", "1.0.0").header("Export-Package", "org.osgi.framework"));
        put("name.jar", TestJar.bundle("own.bundle;singleton:=true", "2.0.0"));
        put("fragment.jar", TestJar.bundle("fragment", "1.0.0").header("Fragment-Host", "own.bundle"));
        put("extension.jar", TestJar.bundle("extension", "1.0.0")
                .header("Fragment-Host", "system.bundle;extension:=framework"));

        for (String file : List.of("export.jar", "java.jar", "name.jar", "fragment.jar", "extension.jar")) {
            settle(file, State.REFUSED);
        }

        assertThat(shown("export.jar").problem()).hasValueSatisfying(
                problem -> assertThat(problem).contains("own.spi").contains("own.bundle"));
        assertThat(framework.getBundleContext().getBundles()).hasSize(2);
    }

    @Test
    void refusesAnUpdateThatWouldStopABundleOfTheNodeAndNamesIt() throws Exception {
        put("late.jar", TestJar.bundle("late", "1.0.0").header("Export-Package", "late.api").activator(Ready.class));
        settle("late.jar", State.RUNNING);
        wireOwnTo("late.api.Nothing");

        put("late.jar", TestJar.bundle("late", "2.0.0").header("Export-Package", "late.api").activator(Ready.class));
        until(() -> shown("late.jar").problem().isPresent());

        assertThat(shown("late.jar").problem()).hasValueSatisfying(problem -> assertThat(problem).contains("own.bundle"));
        assertThat(bundle("late").getVersion()).hasToString("1.0.0");
        assertThat(bundle("late").getState()).isEqualTo(Bundle.ACTIVE);

        Files.delete(directory.resolve("late.jar"));
        until(() -> deployer.shown().isEmpty());

        assertThat(bundles("late")).isEmpty();
    }

    /** Looking for a class in a package is enough for a dynamic import of it. */
    private void wireOwnTo(String className) {
        assertThatThrownBy(() -> own.loadClass(className)).isInstanceOf(ClassNotFoundException.class);
        assertThat(own.adapt(BundleWiring.class).getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE))
                .anyMatch(wire -> wire.getProvider().getSymbolicName().equals("late"));
    }

    @Test
    void takesNothingButJars() throws Exception {
        put("lattice.consent-x.cfg", "value=AlwaysAllow".getBytes());
        put("x.config", "value=\"AlwaysAllow\"".getBytes());
        put(".hidden.jar", TestJar.bundle("hidden", "1.0.0"));
        Files.createDirectory(directory.resolve("folder.jar"));
        put("a.jar", TestJar.bundle("a", "1.0.0"));

        settle("a.jar", State.RUNNING);

        assertThat(deployer.shown()).hasSize(1);
        assertThat(framework.getBundleContext().getBundles()).hasSize(3);
    }

    @Test
    void refusesTheSameBundleTwiceUntilTheOtherIsGone() throws Exception {
        put("a.jar", TestJar.bundle("a", "1.0.0"));
        settle("a.jar", State.RUNNING);
        put("b.jar", TestJar.bundle("a", "2.0.0"));
        settle("b.jar", State.REFUSED);
        assertThat(shown("b.jar").problem()).hasValueSatisfying(problem -> assertThat(problem).contains("a.jar"));

        Files.delete(directory.resolve("a.jar"));
        settle("b.jar", State.RUNNING);

        assertThat(bundle("a").getVersion()).hasToString("2.0.0");
    }

    @Test
    void startsABundleOnceWhatItNeedsIsThere() throws Exception {
        put("user.jar", TestJar.bundle("user", "1.0.0").header("Import-Package", "some.api"));
        settle("user.jar", State.STOPPED);
        assertThat(shown("user.jar").problem()).hasValueSatisfying(problem -> assertThat(problem).contains("some.api"));

        put("api.jar", TestJar.bundle("api", "1.0.0").header("Export-Package", "some.api"));

        settle("user.jar", State.RUNNING);
    }

    @Test
    void restartsThoseThatUseABundleThatIsUpdated() throws Exception {
        put("api.jar", TestJar.bundle("api", "1.0.0").header("Export-Package", "some.api"));
        put("user.jar", TestJar.bundle("user", "1.0.0").header("Import-Package", "some.api"));
        settle("user.jar", State.RUNNING);

        put("api.jar", TestJar.bundle("api", "1.1.0").header("Export-Package", "some.api"));
        until(() -> shown("api.jar").version().equals(Optional.of("1.1.0")) && shown("user.jar").state() == State.RUNNING);

        assertThat(bundle("user").getState()).isEqualTo(Bundle.ACTIVE);

        Files.delete(directory.resolve("api.jar"));
        settle("user.jar", State.STOPPED);
    }

    @Test
    void keepsTheOldBundleIfTheNewOneIsRefused() throws Exception {
        put("a.jar", TestJar.bundle("a", "1.0.0").activator(Ready.class));
        settle("a.jar", State.RUNNING);

        put("a.jar", TestJar.bundle("a", "2.0.0").header("Export-Package", "own.api"));
        until(() -> shown("a.jar").problem().isPresent());

        assertThat(shown("a.jar").state()).isEqualTo(State.RUNNING);
        assertThat(bundle("a").getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle("a").getVersion()).hasToString("1.0.0");
    }

    private Bundle install(String location, TestJar jar) throws Exception {
        return framework.getBundleContext().installBundle(location, new ByteArrayInputStream(jar.bytes()));
    }

    private void put(String file, TestJar jar) throws IOException {
        put(file, jar.bytes());
    }

    private void put(String file, byte[] content) throws IOException {
        Path made = Files.write(temporary.resolve("made"), content);
        Files.move(made, directory.resolve(file), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private Deployed shown(String file) {
        return deployer.shown().stream().filter(deployed -> deployed.file().equals(file)).findFirst().orElseThrow();
    }

    private void settle(String file, State state) throws Exception {
        until(() -> deployer.shown().stream().anyMatch(
                deployed -> deployed.file().equals(file) && deployed.state() == state));
    }

    private void until(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        do {
            deployer.pass();
            if (System.nanoTime() > deadline) {
                throw new AssertionError("It did not come to that: " + deployer.shown());
            }
            TimeUnit.MILLISECONDS.sleep(10);
        } while (!condition.call());
    }

    private Bundle bundle(String symbolicName) {
        return bundles(symbolicName).get(0);
    }

    private List<Bundle> bundles(String symbolicName) {
        BundleContext context = framework.getBundleContext();
        return Arrays.stream(context.getBundles()).filter(bundle -> symbolicName.equals(bundle.getSymbolicName())).toList();
    }
}
