package lattice.api.store;

import lattice.api.id.NodeId;

/**
 * Who numbers commits: a node, in one of its epochs. A node takes a new epoch when it may have lost commits of its own,
 * so that no sequence number is ever used twice.
 *
 * @param node the node that signs
 * @param epoch random, compared as unsigned
 */
public record Author(NodeId node, long epoch) implements Comparable<Author> {
    @Override
    public int compareTo(Author other) {
        int byNode = node.compareTo(other.node);
        return byNode != 0 ? byNode : Long.compareUnsigned(epoch, other.epoch);
    }
}
