package lattice.consent;

import java.util.Set;

/**
 * The bundle that offers a service.
 *
 * @param symbolicName its symbolic name
 * @param version its version
 * @param location where it was installed from
 * @param signers the certificates that its signature was verified with, as SHA-256 fingerprints in lower-case hex;
 *     empty if it is not signed by anyone the framework trusts
 */
public record ProviderIdentity(String symbolicName, String version, String location, Set<String> signers) {
    public ProviderIdentity {
        signers = Set.copyOf(signers);
    }

    @Override
    public String toString() {
        return symbolicName + " " + version;
    }
}
