package lattice.kernel.internal.validity;

import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.internal.codec.Hash;

/**
 * Where a commit stands.
 *
 * @param store in which store
 * @param author whose
 * @param sequence its number among that author's
 * @param hash of its bytes
 */
public record Position(StoreId store, Author author, long sequence, Hash hash) {
    Chain chain() {
        return new Chain(store, author.epoch());
    }
}
