package lattice.kernel.internal.store;

import java.nio.file.Path;
import java.time.Duration;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.log.CommitLog;

/**
 * What a store is made of.
 *
 * @param id which store
 * @param name what people call it
 * @param root whether it is the root store of a mesh and so holds the system tables
 * @param stores the directory of all stores
 * @param authority whose transactions count
 * @param identity who writes here
 * @param clock the node's clock
 * @param files the file system
 * @param machines where to find state machines
 * @param resources the node's threads
 * @param limits sizes and deadlines
 */
public record EngineSettings(Hash id, String name, boolean root, Path stores, Authority authority, Identity identity,
        HybridClock clock, FileLayer files, StateMachines machines, Resources resources, Limits limits) {
    private static final long MIN_SEGMENT_BYTES = 256L * 1024;

    /** Whether other nodes hold the store too. */
    boolean isReplicated() {
        return authority instanceof Authority.Root || authority instanceof Authority.Members;
    }

    /**
     * Sizes and deadlines, so that tests can make them small.
     *
     * @param segmentBytes when a segment of the log is full
     * @param commandMillis how long a state machine may take about a command
     * @param submitMillis how long a write waits for room in the queue
     * @param closeMillis how long each step of closing may take
     * @param catchUpMillis how long the view may take to catch up with the log, for a snapshot or a digest
     * @param snapshotEveryBytes how much the log grows, at least, from one snapshot to the next
     * @param keptLogBytes how much of the log is kept, at least, for watchers and histories
     * @param keptLogMillis for how long it is kept, at most, once snapshots hold it
     * @param reserveBytes how much of the disk is left free for what was written already
     * @param viewAtOnceBytes of how much, at most, a view is made before a store is opened, and not while it is read
     */
    public record Limits(long segmentBytes, long commandMillis, long submitMillis, long closeMillis,
            long catchUpMillis, long snapshotEveryBytes, long keptLogBytes, long keptLogMillis, long reserveBytes,
            long viewAtOnceBytes) {
        public static final Limits DEFAULT = new Limits(CommitLog.SEGMENT_BYTES, 5000, 5000, 10_000, 120_000,
                32L * 1024 * 1024, 256L * 1024 * 1024, Duration.ofDays(30).toMillis(), 64L * 1024 * 1024,
                16L * 1024 * 1024);

        /** The same with another retention; a log that is kept short has short segments. */
        public Limits keeping(long logBytes, Duration age) {
            return new Limits(Math.min(segmentBytes, Math.max(MIN_SEGMENT_BYTES, logBytes / 4)), commandMillis, submitMillis,
                    closeMillis, catchUpMillis, snapshotEveryBytes, logBytes, age.toMillis(), reserveBytes, viewAtOnceBytes);
        }

        /** The same with so much of the disk left free. */
        public Limits reserving(long bytes) {
            return new Limits(segmentBytes, commandMillis, submitMillis, closeMillis, catchUpMillis, snapshotEveryBytes,
                    keptLogBytes, keptLogMillis, bytes, viewAtOnceBytes);
        }
    }
}
