package lattice.launcher.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistributionTest {
    @TempDir
    Path directory;

    private Distribution jar(String... bundles) throws IOException, LauncherException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Node-Bundles", String.join(",", bundles));
        Path file = directory.resolve("test.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            for (String bundle : bundles) {
                out.putNextEntry(new JarEntry("bundles/" + bundle));
            }
            out.putNextEntry(new JarEntry("bundles/not-of-a-node-1.0.jar"));
        }
        return Distribution.open(file);
    }

    @Test
    void aBundlesNameIsThatOfItsFileAndItsSystemWithoutTheVersion() throws Exception {
        try (Distribution distribution = jar("lattice.api-0.1.0-SNAPSHOT.jar", "guava-33.5.0-jre.jar", "plain.jar",
                "netty-transport-native-epoll-4.2.17.Final-linux-x86_64.jar",
                "netty-transport-native-epoll-4.2.17.Final-linux-aarch_64.jar")) {
            assertThat(distribution.bundles(Distribution.Role.NODE)).extracting(Distribution.BundleFile::name)
                    .containsExactly("lattice.api", "guava", "plain", "netty-transport-native-epoll-linux-x86_64",
                            "netty-transport-native-epoll-linux-aarch_64");
            assertThat(distribution.bundles(Distribution.Role.SERVICE)).isEmpty();
        }
    }

    @Test
    void twoOfOneNameAreSaid() throws Exception {
        try (Distribution distribution = jar("guava-33.5.0-jre.jar", "guava-32.0.0-android.jar")) {
            assertThatThrownBy(() -> distribution.bundles(Distribution.Role.NODE)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("guava-33.5.0-jre.jar and bundles/guava-32.0.0-android.jar");
        }
    }
}
