package lattice.registry.internal.provider;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceProvider;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.descriptor.Descriptor;
import lattice.registry.internal.descriptor.DescriptorFormat;
import lattice.registry.internal.provider.Provider.Read;
import lattice.registry.internal.provider.Provider.Reading;
import lattice.registry.internal.provider.Provider.Unusable;
import lattice.registry.process.ExternalProvider;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/** Reads the descriptor of a provider as an entry of its bundle, or as a property: neither loads a class of it. */
final class DescriptorReader {
    private DescriptorReader() {
    }

    static Reading read(ServiceReference<ServiceProvider> reference, ServiceId id) {
        Bundle bundle = reference.getBundle();
        if (bundle == null) {
            return new Unusable("Its bundle is gone.");
        }
        String of = " of " + id + " in bundle " + bundle.getSymbolicName() + " ";
        Object text = reference.getProperty(ExternalProvider.DESCRIPTOR);
        Object path = reference.getProperty(ServiceProvider.DESCRIPTOR);
        if (!(text instanceof String) && !(path instanceof String)) {
            return new Unusable("The provider" + of + "has no property " + ServiceProvider.DESCRIPTOR
                    + " with the path of its descriptor.");
        }
        try {
            Descriptor descriptor = DescriptorFormat.read(text instanceof String json
                    ? json.getBytes(StandardCharsets.UTF_8) : bytes(bundle, (String) path));
            if (!descriptor.id().equals(id)) {
                return new Unusable("The descriptor" + of + "is about " + descriptor.id() + ".");
            }
            return new Read(descriptor);
        } catch (FormatException e) {
            return new Unusable("The descriptor" + of + e.getMessage());
        } catch (IOException | IllegalStateException e) {
            return new Unusable("The descriptor" + of + "can't be read: " + e.getMessage());
        }
    }

    private static byte[] bytes(Bundle bundle, String path) throws IOException {
        URL entry = bundle.getEntry(path);
        if (entry == null) {
            throw new IOException("the bundle has no entry " + path + ".");
        }
        try (InputStream in = entry.openStream()) {
            byte[] bytes = in.readNBytes(DescriptorFormat.MAX_BYTES + 1);
            if (bytes.length > DescriptorFormat.MAX_BYTES) {
                throw new IOException("it is longer than " + DescriptorFormat.MAX_BYTES + " bytes.");
            }
            return bytes;
        }
    }
}
