package lattice.daemon.internal.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/** Copies of bundles as files, which the framework does not give away. */
final class BundleJars {
    /** Where the bundles of the node's own distribution are installed from. */
    private static final String OWN = "lattice:";
    private static final String MANIFEST = "META-INF/MANIFEST.MF";

    private BundleJars() {
    }

    /**
     * Copies a bundle, and those that were deployed beside it and that it uses, into a directory of their own.
     *
     * @return the files, the bundle's own first
     */
    static List<Path> copy(Bundle bundle, Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (Stream<Path> old = Files.walk(directory)) {
                for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.createDirectories(directory);
        Set<Bundle> wanted = new LinkedHashSet<>();
        collect(bundle, wanted);
        List<Path> files = new ArrayList<>();
        for (Bundle each : wanted) {
            Path file = directory.resolve(each.getSymbolicName() + ".jar");
            write(each, file);
            files.add(file);
        }
        return files;
    }

    private static void collect(Bundle bundle, Set<Bundle> wanted) {
        if (!wanted.add(bundle)) {
            return;
        }
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        if (wiring == null) {
            return;
        }
        for (BundleWire wire : wiring.getRequiredWires(null)) {
            Bundle provider = wire.getProvider().getBundle();
            if (provider.getBundleId() != 0 && !provider.getLocation().startsWith(OWN)) {
                collect(provider, wanted);
            }
        }
    }

    private static void write(Bundle bundle, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file); ZipOutputStream jar = new ZipOutputStream(out)) {
            // Where programs that read a jar from its start expect it.
            put(jar, MANIFEST, bundle.getEntry(MANIFEST));
            Enumeration<URL> entries = bundle.findEntries("/", "*", true);
            for (URL entry : entries == null ? List.<URL>of() : Collections.list(entries)) {
                String name = entry.getPath().substring(1);
                if (!name.endsWith("/") && !name.equals(MANIFEST)) {
                    put(jar, name, entry);
                }
            }
        }
    }

    private static void put(ZipOutputStream jar, String name, URL content) throws IOException {
        if (content == null) {
            throw new IOException("The bundle has no " + name + ".");
        }
        jar.putNextEntry(new ZipEntry(name));
        try (InputStream in = content.openStream()) {
            in.transferTo(jar);
        }
        jar.closeEntry();
    }
}
