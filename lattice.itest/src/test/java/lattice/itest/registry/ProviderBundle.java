package lattice.itest.registry;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A bundle with a provider, made at run time: what a person would drop into {@code deploy/}. */
public final class ProviderBundle {
    static final String SCHEMA = """
            {"type":"object","additionalProperties":false,"properties":{
              "port":{"type":"integer","minimum":0,"maximum":65535,"default":7000,"sensitive":true},
              "name":{"type":"string","default":"x"}}}""";

    private ProviderBundle() {
    }

    /** The service that the bundle of that symbolic name offers. */
    public static String service(String symbolicName) {
        return "itest." + symbolicName;
    }

    public static InputStream jar(String symbolicName, String service, String acl) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", symbolicName);
        main.putValue("Bundle-Version", "1.0.0");
        main.putValue("Import-Package", "lattice.api.service,lattice.api.store,lattice.api.id,lattice.api.node,"
                + "lattice.itest.probe,org.osgi.framework");
        main.putValue("Service-Component", "OSGI-INF/provider.xml");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            put(jar, "OSGI-INF/provider.xml", """
                    <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="provider">
                      <implementation class="lattice.itest.registry.ProbeProvider"/>
                      <service><provide interface="lattice.api.service.ServiceProvider"/></service>
                      <property name="lattice.service.id" value="%s"/>
                      <property name="lattice.service.descriptor" value="descriptor.json"/>
                    </scr:component>
                    """.formatted(service).getBytes(StandardCharsets.UTF_8));
            put(jar, "descriptor.json", """
                    {"v":1,"id":"%s","title":"A probe","version":"1.0.0","publisher":"Tests",
                     "policy":{"type":"Global"},"schema":%s,"acl":%s}
                    """.formatted(service, SCHEMA, acl).getBytes(StandardCharsets.UTF_8));
            for (String name : new String[] { "ProbeProvider", "ProbeProvider$1" }) {
                String path = "lattice/itest/registry/" + name + ".class";
                try (InputStream in = ProviderBundle.class.getResourceAsStream("/" + path)) {
                    put(jar, path, in.readAllBytes());
                }
            }
        }
        return new ByteArrayInputStream(bytes.toByteArray());
    }

    private static void put(JarOutputStream jar, String path, byte[] content) throws IOException {
        jar.putNextEntry(new JarEntry(path));
        jar.write(content);
        jar.closeEntry();
    }
}
