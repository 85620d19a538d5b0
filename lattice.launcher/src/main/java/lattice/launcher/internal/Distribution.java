package lattice.launcher.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The executable jar: this launcher, the framework, and in {@code bundles/} all that makes a node. */
final class Distribution implements AutoCloseable {
    /** A name, a version, and for which system it is if not for any. */
    private static final Pattern BUNDLE =
            Pattern.compile("bundles/(.+?)(?:-\\d[^/]*?)?(-(?:linux|osx|windows)-[a-z0-9_]+)?\\.jar");

    private final JarFile jar;
    private final Manifest manifest;

    private Distribution(JarFile jar) throws IOException {
        this.jar = jar;
        this.manifest = jar.getManifest();
    }

    /** What the jar's bundles are put together to. The jar's manifest says which belong to what. */
    enum Role {
        NODE("Node-Bundles"), SERVICE("Service-Bundles");

        private final String header;

        Role(String header) {
            this.header = header;
        }
    }

    /**
     * A bundle in the jar.
     *
     * @param name its file name without version; two for different systems have two names
     * @param entry where it is
     */
    record BundleFile(String name, JarEntry entry) {
        /** The same for every version of the bundle and wherever the jar lies. */
        String location() {
            return "lattice:" + name;
        }
    }

    /** The jar that this class came from. */
    static Distribution open() throws LauncherException {
        return open(file());
    }

    static Distribution open(Path file) throws LauncherException {
        if (!Files.isRegularFile(file)) {
            throw new LauncherException(ExitCode.FAILED, "There are no bundles in " + file
                    + ": start the exported lattice.jar.");
        }
        try {
            return new Distribution(new JarFile(file.toFile()));
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, "The distribution " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Where this class came from. */
    static Path file() {
        try {
            return Path.of(Distribution.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The class path is no URI.", e);
        }
    }

    /** @throws IllegalStateException if two have one name, and so one location: a framework would install only one of them */
    List<BundleFile> bundles(Role role) {
        Set<String> files = Set.of(manifest(role.header).orElse("").split(","));
        List<BundleFile> bundles = jar.stream()
                .filter(entry -> files.contains(entry.getName().substring(entry.getName().indexOf('/') + 1)))
                .flatMap(entry -> {
                    Matcher matcher = BUNDLE.matcher(entry.getName());
                    return matcher.matches() ? Stream.of(new BundleFile(matcher.group(1)
                            + Objects.requireNonNullElse(matcher.group(2), ""), entry)) : null;
                })
                .toList();
        Map<String, BundleFile> byName = new HashMap<>();
        for (BundleFile bundle : bundles) {
            BundleFile other = byName.put(bundle.name(), bundle);
            if (other != null) {
                throw new IllegalStateException(other.entry().getName() + " and " + bundle.entry().getName()
                        + " of the distribution both have the name " + bundle.name() + ".");
            }
        }
        return bundles;
    }

    InputStream read(BundleFile bundle) throws IOException {
        return jar.getInputStream(bundle.entry());
    }

    String version() {
        return manifest(Attributes.Name.IMPLEMENTATION_VERSION.toString()).orElse("of unknown version");
    }

    private Optional<String> manifest(String header) {
        return Optional.ofNullable(manifest.getMainAttributes().getValue(header));
    }

    @Override
    public void close() throws IOException {
        jar.close();
    }
}
