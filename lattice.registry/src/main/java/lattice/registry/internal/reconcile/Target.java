package lattice.registry.internal.reconcile;

import java.util.Optional;
import lattice.api.node.InstanceState;
import lattice.api.store.Acl;
import lattice.consent.Consent;
import lattice.registry.internal.declaration.Isolation;
import lattice.registry.internal.instance.RunConfig;
import lattice.registry.internal.provider.Provider;

/** What an instance should be. */
public sealed interface Target {
    /**
     * It should run.
     *
     * @param provider whose factory makes it
     * @param config what it runs with
     * @param acl what it may touch
     * @param consent the owner's word that allows it
     * @param note what a person should know although it runs, such as that a newer config waits for consent
     * @param isolation where it runs
     */
    record Run(Provider provider, RunConfig config, Acl acl, Consent consent, Optional<String> note, Isolation isolation)
            implements Target {
        /** The same elsewhere. */
        public Run with(Isolation other) {
            return new Run(provider, config, acl, consent, note, other);
        }
    }

    /**
     * It should not.
     *
     * @param state how that is called
     * @param reason why, in a sentence
     */
    record Rest(InstanceState state, String reason) implements Target {
    }
}
