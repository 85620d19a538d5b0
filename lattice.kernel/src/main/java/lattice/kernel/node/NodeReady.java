package lattice.kernel.node;

/** A service that is there once the first reconciliation pass is done: what should run at boot has been considered. */
public interface NodeReady {
}
