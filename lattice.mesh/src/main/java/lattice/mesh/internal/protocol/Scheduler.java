package lattice.mesh.internal.protocol;

/** The time of one node, and its only thread: everything of the protocol runs through it, one action after another. */
public interface Scheduler {
    /** Milliseconds since some moment; never goes back. */
    long now();

    /** Runs an action later, unless it is cancelled before. */
    Task after(long millis, Runnable action);

    /** An action that has not run yet. */
    interface Task {
        void cancel();
    }
}
