package lattice.api.store;

/** Where a watch starts. */
public sealed interface WatchStart {
    /** With the first change that becomes visible after the call. */
    record Now() implements WatchStart {
    }

    /**
     * With the first change after a position, so that a watcher that comes back misses nothing and sees nothing twice.
     * To read the state and then follow it: take {@link Store#position()}, scan, watch after that position.
     *
     * @param position the last one that the watcher has dealt with
     */
    record After(LogPosition position) implements WatchStart {
    }
}
