package lattice.consent;

/** The provider that a consent is about: a bundle of that name, from that place or from whoever signed it. */
public sealed interface ProviderPin {
    /** The symbolic name of the bundle. */
    String symbolicName();

    /** Whether a bundle is the one that was consented to. */
    boolean matches(ProviderIdentity provider);

    /** The pin for a provider as it is now: by its signer if it has one, so that a newer version is covered too. */
    static ProviderPin of(ProviderIdentity provider) {
        return provider.signers().stream().sorted().findFirst()
                .<ProviderPin>map(signer -> new SignedBy(provider.symbolicName(), signer))
                .orElseGet(() -> new InstalledFrom(provider.symbolicName(), provider.location()));
    }

    /**
     * A bundle of that name from that place.
     *
     * @param symbolicName its symbolic name
     * @param location its location
     */
    record InstalledFrom(String symbolicName, String location) implements ProviderPin {
        @Override
        public boolean matches(ProviderIdentity provider) {
            return symbolicName.equals(provider.symbolicName()) && location.equals(provider.location());
        }

        @Override
        public String toString() {
            return symbolicName + " from " + location;
        }
    }

    /**
     * A bundle of that name, signed with that certificate.
     *
     * @param symbolicName its symbolic name
     * @param signer the SHA-256 fingerprint of the certificate
     */
    record SignedBy(String symbolicName, String signer) implements ProviderPin {
        @Override
        public boolean matches(ProviderIdentity provider) {
            return symbolicName.equals(provider.symbolicName()) && provider.signers().contains(signer);
        }

        @Override
        public String toString() {
            return symbolicName + " signed by " + signer;
        }
    }
}
