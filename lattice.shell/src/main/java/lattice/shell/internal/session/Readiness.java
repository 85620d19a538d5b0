package lattice.shell.internal.session;

/** Knows whether the node is ready, without needing it to be. */
@FunctionalInterface
public interface Readiness {
    /** Waits until the node is ready, but not longer than that; whether it is. */
    boolean await(long seconds) throws InterruptedException;
}
