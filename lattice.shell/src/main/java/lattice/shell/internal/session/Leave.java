package lattice.shell.internal.session;

import java.util.Optional;
import org.apache.felix.service.command.CommandSession;

/** The way out of a shell that the node outlives. A session that has none is the node's own: who leaves it stops the node. */
public final class Leave {
    private static final String VARIABLE = ".lattice.leave";

    private volatile boolean taken;

    /** Opens this way to a session. */
    public void offerTo(CommandSession session) {
        session.put(VARIABLE, this);
    }

    /** The way out of a session; empty if leaving it stops the node. */
    public static Optional<Leave> of(CommandSession session) {
        return session.get(VARIABLE) instanceof Leave leave ? Optional.of(leave) : Optional.empty();
    }

    public void take() {
        taken = true;
    }

    public boolean taken() {
        return taken;
    }
}
