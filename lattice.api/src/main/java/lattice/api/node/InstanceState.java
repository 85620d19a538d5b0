package lattice.api.node;

/** The states of an instance, that is of a declared service at this node. */
public enum InstanceState {
    /** Declared, but not meant for this node. */
    DECLARED,
    /** Waits for the owner of this node to consent. */
    AWAITING_CONSENT,
    /** The owner said no. */
    REFUSED,
    /** The declaration or its config is wrong, or two providers claim the id. */
    INVALID,
    /** Consented to, but something it needs is not here yet: its provider, another service, a port. */
    WAITING,
    /** Its factory is at work. */
    STARTING,
    /** It runs. */
    RUNNING,
    /** It failed, and will not be started again until something changes. */
    FAILED,
    /** It failed, and will be started again after a while. */
    BACKING_OFF,
    /** It is being stopped. */
    STOPPING,
    /** It ended, or was stopped with its node. */
    STOPPED
}
