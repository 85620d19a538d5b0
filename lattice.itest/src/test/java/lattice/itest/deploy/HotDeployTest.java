package lattice.itest.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import lattice.api.node.InstanceState;
import lattice.consent.ConsentValue;
import lattice.itest.registry.Owner;
import lattice.itest.registry.ProviderBundle;
import lattice.itest.shell.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/** Bundles come, change and go in {@code deploy/} of a node's home, while an instance of another bundle runs. */
@ExtendWith(BundleContextExtension.class)
@Timeout(180)
class HotDeployTest {
    private static final String LOCATION = "deploy:";
    private static final String STEADY = "itest.steady";

    private BundleContext context;
    private Owner owner;
    private Session session;
    private Path directory;
    private Path made;
    private Instant steadySince;
    private final List<String> disturbed = new CopyOnWriteArrayList<>();
    private final SynchronousBundleListener disturbances = event -> {
        boolean stopped = (event.getType() & (BundleEvent.STOPPING | BundleEvent.STOPPED | BundleEvent.UNRESOLVED
                | BundleEvent.UPDATED | BundleEvent.UNINSTALLED)) != 0;
        if (stopped && !event.getBundle().getLocation().startsWith(LOCATION)) {
            disturbed.add(event.getBundle().getSymbolicName() + " " + event.getType());
        }
    };

    @BeforeEach
    void begin(@InjectBundleContext BundleContext injected) throws Exception {
        context = injected;
        owner = new Owner(injected);
        session = new Session(injected);
        directory = owner.node.home().resolve("deploy");
        made = Files.createTempDirectory("itest");
        owner.deploy("steady");
        owner.declareGlobal(STEADY, "{}");
        owner.consent(STEADY, ConsentValue.FOLLOW_MESH);
        steadySince = owner.await(STEADY, InstanceState.RUNNING).since();
        context.addBundleListener(disturbances);
    }

    @AfterEach
    void end() throws Exception {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        until(() -> Arrays.stream(context.getBundles()).noneMatch(bundle -> bundle.getLocation().startsWith(LOCATION)));
        context.removeBundleListener(disturbances);
        assertThat(disturbed).as("bundles of the node that were stopped, updated or refreshed").isEmpty();
        assertThat(owner.await(STEADY, InstanceState.RUNNING).since()).isEqualTo(steadySince);
        assertThat(owner.probe("steady").closed).hasValue(0);
        session.close();
        owner.close();
        owner.probe("steady").closed.set(0);
    }

    @Test
    void aServiceComesChangesAndGoesWithItsFile() throws Exception {
        String service = ProviderBundle.service("hot");
        owner.declareGlobal(service, "{}");
        put("hot.jar", ProviderBundle.jar("hot", service, "{}").readAllBytes());
        until(() -> shown("hot.jar").contains("\"state\":\"running\""));
        owner.await(service, InstanceState.AWAITING_CONSENT);
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        Instant first = owner.await(service, InstanceState.RUNNING).since();

        int created = owner.probe("hot").created.get();
        put("hot.jar", ProviderBundle.jar("hot", service, "{}").readAllBytes());
        until(() -> owner.probe("hot").created.get() > created);
        assertThat(owner.await(service, InstanceState.RUNNING).since()).isAfter(first);

        int closed = owner.probe("hot").closed.get();
        Files.delete(directory.resolve("hot.jar"));
        owner.await(service, InstanceState.WAITING);
        assertThat(owner.probe("hot").closed.get()).isGreaterThan(closed);
        until(() -> bundles("hot").isEmpty());
    }

    @Test
    void aBrokenFileIsReportedByNameAndTheNextIsTaken() throws Exception {
        byte[] whole = jar(Map.of("Bundle-SymbolicName", "whole"));
        put("broken.jar", Arrays.copyOf(whole, whole.length - 30));
        put("whole.jar", whole);

        until(() -> shown("whole.jar").contains("\"state\":\"running\"") && shown("broken.jar").contains("\"state\":\"broken\""));
    }

    @Test
    void aBundleThatHangsInItsActivatorHoldsUpNobody() throws Exception {
        put("1-hangs.jar", jar(Map.of("Bundle-SymbolicName", "hangs", "Import-Package", "org.osgi.framework",
                "Bundle-Activator", HangingActivator.class.getName())));
        put("2-fine.jar", jar(Map.of("Bundle-SymbolicName", "fine")));

        until(() -> shown("2-fine.jar").contains("\"state\":\"running\""));
        until(() -> shown("1-hangs.jar").contains("activator has been at work"));

        Files.delete(directory.resolve("1-hangs.jar"));
        until(() -> bundles("hangs").isEmpty());
    }

    @Test
    void whatBelongsToTheNodeIsNotReplaced() throws Exception {
        put("exports.jar", jar(Map.of("Bundle-SymbolicName", "exports", "Export-Package", "lattice.api.store")));
        put("named.jar", jar(Map.of("Bundle-SymbolicName", "lattice.consent", "Bundle-Version", "9.0.0")));
        put("fragment.jar", jar(Map.of("Bundle-SymbolicName", "fragment", "Fragment-Host", "lattice.kernel")));

        for (String file : List.of("exports.jar", "named.jar", "fragment.jar")) {
            until(() -> shown(file).contains("\"state\":\"refused\""));
        }
        assertThat(shown("exports.jar")).contains("lattice.api.store, which belongs to");
        assertThat(Arrays.stream(context.getBundles()).map(Bundle::getLocation)).noneMatch(name -> name.startsWith(LOCATION));
    }

    @Test
    void theCommandAddsAndTakesAway() throws Exception {
        Path file = Files.write(made.resolve("by-hand.jar"), jar(Map.of("Bundle-SymbolicName", "by-hand")));

        assertThat(session.run("lattice:deploy " + file)).isEqualTo("by-hand.jar is deployed: by-hand 1.0.0.\n");
        assertThat(bundles("by-hand")).hasSize(1);
        assertThat(session.run("lattice:deploy --remove by-hand")).isEqualTo("by-hand.jar is gone.\n");
        assertThat(bundles("by-hand")).isEmpty();

        Path refused = Files.write(made.resolve("refused.jar"),
                jar(Map.of("Bundle-SymbolicName", "refused", "Export-Package", "org.osgi.framework")));
        assertThat(session.failureOf("lattice:deploy " + refused)).startsWith("refused.jar is refused. It exports the package "
                + "org.osgi.framework");
        assertThat(directory.resolve("refused.jar")).doesNotExist();
        assertThat(session.failureOf("lattice:deploy " + made.resolve("nothing.jar"))).startsWith("There is no file ");
        assertThat(session.failureOf("lattice:deploy " + made)).contains("a file whose name ends in .jar");
        assertThat(session.failureOf("lattice:deploy --remove nothing")).contains("Nothing deployed has the name 'nothing'");
    }

    /** Its row of {@code lattice:deploy --json}, or nothing. */
    private String shown(String file) throws Exception {
        String json = session.run("lattice:deploy --json");
        return Arrays.stream(json.split("\\},?")).filter(row -> row.contains("\"file\":\"" + file + "\"")).findFirst()
                .orElse("");
    }

    private void put(String file, byte[] content) throws IOException {
        Path complete = Files.write(made.resolve(file), content);
        Path beside = directory.resolve("." + file);
        Files.copy(complete, beside, StandardCopyOption.REPLACE_EXISTING);
        Files.move(beside, directory.resolve(file), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static byte[] jar(Map<String, String> headers) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-Version", "1.0.0");
        headers.forEach(main::putValue);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            if (headers.containsKey("Bundle-Activator")) {
                String path = headers.get("Bundle-Activator").replace('.', '/') + ".class";
                jar.putNextEntry(new JarEntry(path));
                try (InputStream code = HotDeployTest.class.getResourceAsStream("/" + path)) {
                    code.transferTo(jar);
                }
                jar.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private List<Bundle> bundles(String symbolicName) {
        return Arrays.stream(context.getBundles()).filter(bundle -> symbolicName.equals(bundle.getSymbolicName())).toList();
    }

    private static void until(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("It did not come to that within a minute.");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
