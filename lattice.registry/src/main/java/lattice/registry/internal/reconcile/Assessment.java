package lattice.registry.internal.reconcile;

import java.util.Optional;
import lattice.consent.Proposal;
import lattice.consent.Verdict;
import lattice.registry.internal.declaration.Declared;
import lattice.registry.internal.provider.Provider;

/**
 * What there is to know about a service before its dependencies are looked at.
 *
 * @param declared its declaration, if there is one
 * @param provider its provider, if one can be used
 * @param proposal what the owner is asked
 * @param verdict what follows from the owner's word
 * @param target what it should be
 */
public record Assessment(Optional<Declared> declared, Optional<Provider> provider, Proposal proposal, Verdict verdict,
        Target target) {
}
