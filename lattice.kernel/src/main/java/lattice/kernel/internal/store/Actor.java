package lattice.kernel.internal.store;

import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;

/** On whose behalf a store is used. */
sealed interface Actor {
    /** The node itself, and the people who use its shell. */
    Actor NODE = new OfNode();

    /** The service to name in commits. */
    Optional<ServiceId> service();

    /** The node itself. */
    record OfNode() implements Actor {
        @Override
        public Optional<ServiceId> service() {
            return Optional.empty();
        }
    }

    /** A service, with what the owner of the node lets it touch. */
    record OfService(ServiceId id, Acl acl) implements Actor {
        @Override
        public Optional<ServiceId> service() {
            return Optional.of(id);
        }
    }
}
