package lattice.kernel.replication;

/**
 * The last commit of an author. As commits are chained, it stands for all of them.
 *
 * @param sequence its number, at least 1
 * @param hash its hash, 32 bytes
 */
public record ChainHead(long sequence, byte[] hash) {
}
