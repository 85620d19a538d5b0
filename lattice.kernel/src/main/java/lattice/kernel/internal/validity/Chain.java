package lattice.kernel.internal.validity;

import lattice.api.id.StoreId;

/**
 * The commits that a node made in one store in one epoch.
 *
 * @param store in which store
 * @param epoch of the node that is spoken of
 */
public record Chain(StoreId store, long epoch) {
}
