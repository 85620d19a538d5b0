package lattice.api.store;

import java.util.Optional;
import lattice.api.id.ServiceId;

/** A change that became visible. */
public sealed interface Change {
    /** What changed. */
    Key key();

    /** Which write did it. */
    Version version();

    /** The service that asked for it, if it was not a person or the node itself. */
    Optional<ServiceId> service();

    /**
     * A key has a new value.
     *
     * @param entry the key with its value
     * @param service the service that asked for it, if one did
     */
    record Updated(Entry entry, Optional<ServiceId> service) implements Change {
        @Override
        public Key key() {
            return entry.key();
        }

        @Override
        public Version version() {
            return entry.version();
        }
    }

    /**
     * A key is gone.
     *
     * @param key what was removed
     * @param version which write did it
     * @param service the service that asked for it, if one did
     */
    record Removed(Key key, Version version, Optional<ServiceId> service) implements Change {
    }
}
