package lattice.deploy.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/**
 * What a jar says of the bundle in it.
 *
 * @param symbolicName its name
 * @param version its version
 * @param exports the packages that it offers to others
 * @param fragmentHost the bundle that it wants to be a part of
 */
record BundleJar(String symbolicName, Version version, List<String> exports, Optional<String> fragmentHost) {
    private static final int CHUNK = 64 * 1024;

    BundleJar {
        exports = List.copyOf(exports);
    }

    /** @throws UnusableJarException with what is wrong with it, in a sentence */
    static BundleJar read(Path file) throws UnusableJarException {
        try (JarFile jar = new JarFile(file.toFile())) {
            readThrough(jar);
            Manifest manifest = jar.getManifest();
            if (manifest == null) {
                throw new UnusableJarException("It is no bundle: it has no manifest; build it with bnd.");
            }
            return of(manifest);
        } catch (IOException | SecurityException | IllegalArgumentException e) {
            throw new UnusableJarException("It is broken: " + e.getMessage() + "; copy it anew.", e);
        }
    }

    /** Damage in the middle of a jar shows only when its content is read; so does a wrong signature. */
    private static void readThrough(JarFile jar) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements();) {
            try (InputStream in = jar.getInputStream(entries.nextElement())) {
                int read = in.read(chunk);
                while (read >= 0) {
                    read = in.read(chunk);
                }
            }
        }
    }

    private static BundleJar of(Manifest manifest) throws UnusableJarException {
        Map<String, String> headers = new HashMap<>();
        manifest.getMainAttributes().forEach((name, value) -> headers.put(name.toString(), value.toString()));
        String name = headers.get(Constants.BUNDLE_SYMBOLICNAME);
        if (name == null || !"2".equals(headers.get(Constants.BUNDLE_MANIFESTVERSION))) {
            throw new UnusableJarException("It is no bundle: its manifest has no Bundle-SymbolicName of a "
                    + "Bundle-ManifestVersion 2; build it with bnd.");
        }
        return new BundleJar(clauses(name).get(0),
                Version.parseVersion(headers.get(Constants.BUNDLE_VERSION)),
                Optional.ofNullable(headers.get(Constants.EXPORT_PACKAGE)).map(BundleJar::clauses).orElse(List.of()),
                Optional.ofNullable(headers.get(Constants.FRAGMENT_HOST)).map(host -> clauses(host).get(0)));
    }

    /** The paths of a header's clauses: {@code a;b;version=1,c} has a, b and c. */
    private static List<String> clauses(String header) {
        List<String> paths = new ArrayList<>();
        for (String clause : split(header, ',')) {
            paths.addAll(split(clause, ';').stream().filter(part -> part.indexOf('=') < 0).collect(Collectors.toList()));
        }
        return paths.isEmpty() ? List.of("") : paths;
    }

    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : separator;
            if (i == text.length() || c == separator && !quoted) {
                String part = text.substring(start, i).strip();
                if (!part.isEmpty()) {
                    parts.add(part);
                }
                start = i + 1;
            } else if (c == '"') {
                quoted = !quoted;
            }
        }
        return parts;
    }

    /** Why a jar can't be deployed, in a sentence. */
    static final class UnusableJarException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableJarException(String message) {
            super(message);
        }

        UnusableJarException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
