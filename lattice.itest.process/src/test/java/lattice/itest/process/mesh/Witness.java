package lattice.itest.process.mesh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import lattice.testkit.process.Lattice;

/** Services that do nothing but be witness of what their node does with them. */
final class Witness {
    private final Path file;

    /** @param file where it is written down */
    Witness(Path file) {
        this.file = file;
    }

    /** A node whose services write it down there. */
    Lattice watch(Lattice lattice) {
        return lattice.withOptions("-D" + WitnessProvider.FILE_PROPERTY + "=" + file);
    }

    /** All that was called so far, in that order. */
    List<String> calls() throws IOException {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** Those of them with which an instance began or ended. */
    List<String> instances() throws IOException {
        return calls().stream().filter(call -> !call.equals("constructed")).toList();
    }

    /** A bundle that offers a service, with a sensitive port and a name. */
    static Path bundle(Path directory, String service) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", service);
        main.putValue("Bundle-Version", "1.0.0");
        main.putValue("Import-Package", "lattice.api.service,lattice.api.store,lattice.api.id,lattice.api.node");
        main.putValue("Service-Component", "OSGI-INF/provider.xml");
        Path bundle = directory.resolve(service + ".jar");
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(bundle), manifest)) {
            put(jar, "OSGI-INF/provider.xml", """
                    <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="provider">
                      <implementation class="%s"/>
                      <service><provide interface="lattice.api.service.ServiceProvider"/></service>
                      <property name="lattice.service.id" value="%s"/>
                      <property name="lattice.service.descriptor" value="descriptor.json"/>
                    </scr:component>
                    """.formatted(WitnessProvider.class.getName(), service).getBytes(StandardCharsets.UTF_8));
            put(jar, "descriptor.json", """
                    {"v":1,"id":"%s","title":"A witness","version":"1.0.0","publisher":"Tests",
                     "policy":{"type":"Global"},"acl":{"read":[],"write":[]},
                     "schema":{"type":"object","additionalProperties":false,"properties":{
                       "port":{"type":"integer","minimum":0,"maximum":65535,"default":7000,"sensitive":true},
                       "name":{"type":"string","default":"first"}}}}
                    """.formatted(service).getBytes(StandardCharsets.UTF_8));
            String path = WitnessProvider.class.getName().replace('.', '/') + ".class";
            try (InputStream in = Witness.class.getResourceAsStream("/" + path)) {
                put(jar, path, in.readAllBytes());
            }
        }
        return bundle;
    }

    private static void put(JarOutputStream jar, String path, byte[] content) throws IOException {
        jar.putNextEntry(new JarEntry(path));
        jar.write(content);
        jar.closeEntry();
    }
}
