package lattice.itest.process.mesh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;

/** The only class in the bundles of {@link Witness}: writes down, in a file of its node's, whatever is called. */
public final class WitnessProvider implements ServiceProvider {
    static final String FILE_PROPERTY = "lattice.itest.witness";
    private static final Path FILE = Path.of(System.getProperty(FILE_PROPERTY));

    public WitnessProvider() {
        note("constructed");
    }

    private static synchronized void note(String what) {
        try {
            Files.writeString(FILE, what + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public ServiceInstance create(ServiceContext context) {
        String instance = context.serviceId().name() + " " + context.config().integer("port") + " "
                + context.config().string("name");
        note("created " + instance);
        return () -> note("closed " + instance);
    }
}
