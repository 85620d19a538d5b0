package lattice.mesh.internal.protocol;

import lattice.api.id.NodeId;

/** An open connection with one peer, whose key has been checked. Messages arrive in order as long as it is open. */
public interface PeerLink {
    /** Who is at the other end. */
    NodeId peer();

    /** Whether this node opened it. */
    boolean dialled();

    /**
     * Sends without waiting.
     *
     * @return whether it was taken; not if the link is closed or already holds as much as it may
     */
    boolean send(Message message);

    /** Closes it after what was sent. Closing twice does nothing. */
    void close(String reason);
}
