package lattice.api.store;

import java.util.Optional;
import lattice.api.id.ServiceId;

/**
 * One write to a key.
 *
 * @param version when and by whom
 * @param value what was written; empty if it was deleted
 * @param service the service that asked for it, if one did
 * @param revision this node's revision of its commit
 * @param outcome what became of it
 */
public record HistoryEntry(Version version, Optional<byte[]> value, Optional<ServiceId> service, long revision,
        Outcome outcome) {
    /** What became of a write. */
    public enum Outcome {
        /** It is the value now (or the deletion in force). */
        CURRENT,
        /** A later write replaced it, knowing of it. */
        OVERWRITTEN,
        /** A write that did not know of it won over it. */
        LOST,
        /** Its author was not allowed to make it; it was never visible. */
        VOID
    }
}
