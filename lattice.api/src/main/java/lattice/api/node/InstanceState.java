package lattice.api.node;

/** The states of an instance, that is of a declared service at this node. */
public enum InstanceState {
    /** Declared, but not meant for this node. */
    DECLARED("Declared"),
    /** Waits for the owner of this node to consent. */
    AWAITING_CONSENT("AwaitingConsent"),
    /** The owner said no. */
    REFUSED("Refused"),
    /** The declaration or its config is wrong, or two providers claim the id. */
    INVALID("Invalid"),
    /** Consented to, but something it needs is not here yet: its provider, another service, a port. */
    WAITING("Waiting"),
    /** Its factory is at work. */
    STARTING("Starting"),
    /** It runs. */
    RUNNING("Running"),
    /** It failed, and will not be started again until something changes. */
    FAILED("Failed"),
    /** It failed, and will be started again after a while. */
    BACKING_OFF("BackingOff"),
    /** It is being stopped. */
    STOPPING("Stopping"),
    /** It ended, or was stopped with its node. */
    STOPPED("Stopped");

    private final String word;

    InstanceState(String word) {
        this.word = word;
    }

    /** As it is written everywhere, such as {@code AwaitingConsent}. */
    public String word() {
        return word;
    }
}
