package lattice.deploy.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Makes bundles. */
final class TestJar {
    private final Manifest manifest = new Manifest();
    private Class<?> activator;

    private TestJar(String symbolicName, String version) {
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        header("Bundle-ManifestVersion", "2");
        header("Bundle-SymbolicName", symbolicName);
        header("Bundle-Version", version);
    }

    static TestJar bundle(String symbolicName, String version) {
        return new TestJar(symbolicName, version);
    }

    TestJar header(String name, String value) {
        manifest.getMainAttributes().put(new Attributes.Name(name), value);
        return this;
    }

    TestJar activator(Class<?> type) {
        activator = type;
        header("Bundle-Activator", type.getName());
        return header("Import-Package", "org.osgi.framework");
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            if (activator != null) {
                String path = activator.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new ZipEntry(path));
                try (InputStream code = activator.getClassLoader().getResourceAsStream(path)) {
                    code.transferTo(jar);
                }
                jar.closeEntry();
            }
            jar.putNextEntry(new ZipEntry("content"));
            jar.write(new byte[4096]);
            jar.closeEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
