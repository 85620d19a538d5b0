package lattice.mesh.internal.protocol;

import lattice.api.id.NodeId;
import lattice.api.id.StoreId;

/** What the protocol has to tell the people who look after a node. */
public interface Findings {
    /** A peer sent what it must not have sent; its link was closed. */
    void misbehaved(NodeId peer, String what);

    /** Commits came whose author is not known; they wait, or were dropped as too many wait. */
    void unknownAuthor(StoreId store, NodeId author, NodeId from);

    /**
     * Nothing more of a node is taken in for now.
     *
     * @param why what there is too much of, as the rest of a sentence that begins with the node
     */
    void postponed(StoreId store, NodeId author, String why);

    /** A peer sends faster than is stored, and has filled its share of what may wait: for the rest it is asked again later. */
    void flooded(StoreId store, NodeId peer);

    /** Two chains of commits of one author are about. */
    void forked(StoreId store, NodeId author, long sequence);
}
