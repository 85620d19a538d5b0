package lattice.mesh.internal.protocol;

import lattice.api.store.Author;

/**
 * The last commit of an author that a node holds.
 *
 * @param author whose
 * @param sequence its number
 * @param hash the first 8 bytes of its SHA-256: as commits are chained, equal heads mean equal chains
 */
public record Head(Author author, long sequence, long hash) {
}
