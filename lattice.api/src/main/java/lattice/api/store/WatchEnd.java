package lattice.api.store;

/** Why a watch ended. */
public sealed interface WatchEnd {
    /** Its owner closed it. */
    record Closed() implements WatchEnd {
    }

    /**
     * The listener was too slow; nothing is lost if it resumes.
     *
     * @param resume the last position that it was given
     */
    record TooSlow(LogPosition resume) implements WatchEnd {
    }

    /**
     * It can't go on: the listener threw, the store closed, or what it needs was compacted or is damaged.
     *
     * @param cause why
     */
    record Failed(StoreException cause) implements WatchEnd {
    }
}
