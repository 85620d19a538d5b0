package lattice.registry.internal.reconcile;

import java.util.Optional;
import lattice.api.node.InstanceState;
import lattice.api.store.Acl;
import lattice.consent.Consent;
import lattice.registry.internal.instance.RunConfig;
import lattice.registry.internal.provider.Provider;
import lattice.registry.process.Confinement;

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
     * @param process what the process of its own may use that it runs in; empty if it runs in the node's
     */
    record Run(Provider provider, RunConfig config, Acl acl, Consent consent, Optional<String> note,
            Optional<Confinement> process) implements Target {
        /** The same in a process of its own. */
        public Run in(Confinement confinement) {
            return new Run(provider, config, acl, consent, note, Optional.of(confinement));
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
