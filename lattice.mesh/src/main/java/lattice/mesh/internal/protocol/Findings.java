package lattice.mesh.internal.protocol;

import lattice.api.id.NodeId;
import lattice.api.id.StoreId;

/** What the protocol has to tell the people who look after a node. */
public interface Findings {
    /** A peer sent what it must not have sent; its link was closed. */
    void misbehaved(NodeId peer, String what);

    /** Commits came whose author is not known; they wait, or were dropped as too many wait. */
    void unknownAuthor(StoreId store, NodeId author, NodeId from);

    /** So many commits of a node are dated ahead and wait for their time that no more are taken in for now. */
    void aheadOfTime(StoreId store, NodeId author);

    /** Two chains of commits of one author are about. */
    void forked(StoreId store, NodeId author, long sequence);
}
