package lattice.registry.process;

/**
 * Service properties of a {@code ServiceProvider} that a bundle of the node registers for a service whose code is in no
 * bundle. A consent pins the bundle that registers it and the origin, so a provider of another origin has to be consented to
 * anew.
 */
public interface ExternalProvider {
    /** The descriptor itself, as JSON, instead of the path of a resource. */
    String DESCRIPTOR = "lattice.service.descriptor.json";

    /** Where the descriptor is from, and a digest of all that a consent must not outlive. One line, for people too. */
    String ORIGIN = "lattice.service.origin";
}
