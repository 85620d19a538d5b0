package lattice.kernel.membership;

import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The members of one mesh, as the control commits held here say. One OSGi service per root store, with the store's
 * {@code lattice.store.id}. Changes are made as this node; they fail with {@code DENIED} if it may not make them.
 */
@ProviderType
public interface Membership {
    StoreId mesh();

    /** Who founded the mesh; empty while the founding commit has not been received. */
    Optional<NodeId> founder();

    /** All who are or were members, by id. */
    List<Member> members();

    Optional<Member> member(NodeId node);

    /** Whether a node is a member now. Cheap. */
    boolean isMember(NodeId node);

    /** Whether a node is or was a member, so that its commits are kept. Cheap. */
    boolean wasEverMember(NodeId node);

    /** Whether this node may let nodes in. */
    boolean mayInvite();

    /** Whether a node has been let in by an invitation, whatever became of it since. */
    boolean isUsed(byte[] inviteHash);

    /**
     * Lets a node in, or gives it a role; if it was removed before, that is lifted.
     *
     * @param inviteHash SHA-256 of the secret of the invitation that it accepted, if it did one
     */
    void grant(NodeId node, Role role, Optional<byte[]> inviteHash, String name, List<String> addresses);

    /** Takes back that a node is an administrator: it stays a member, and what it wrote as one that is held here counts on. */
    void demote(NodeId node);

    /**
     * Removes a node. What it wrote and is held here stays; what it writes from now on counts nowhere.
     *
     * @param unseen whether it is removed though this node does not hold each store that is declared for it; what it wrote there,
     *         beyond what this node once held, counts nowhere then. Without, that fails with {@code DENIED}, naming them.
     */
    void revoke(NodeId node, boolean unseen);

    /** Leaves the mesh. */
    void leave();

    /** Says how this node can be reached. Does nothing if that is known. */
    void announce(List<String> addresses);

    /** The child stores of the mesh. */
    DeclaredStores stores();

    /** How far the stores of the mesh are settled. */
    Checkpointing checkpoints();

    /** Calls a listener after each change, on a thread of the store. */
    AutoCloseable onChange(Runnable listener);
}
