package lattice.sim;

import lattice.api.id.NodeId;

/** A node, by its number, was let in by another. */
record SimGrant(NodeId by, int number) {
    /** The first node lets itself in. */
    boolean founds() {
        return number == 0 && by.equals(SimCommit.node(0));
    }
}
