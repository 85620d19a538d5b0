package lattice.kernel.internal.validity;

import lattice.api.id.NodeId;

/**
 * Proof that a node made two different commits of one number: what it made from there on in that chain is void.
 *
 * @param offender who
 * @param chain where
 * @param sequence the number
 */
public record Fork(NodeId offender, Chain chain, long sequence) {
}
