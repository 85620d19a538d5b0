package lattice.kernel.internal.validity;

import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
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

    /** Writes all but the store. */
    void write(ByteWriter out) {
        Authors.write(out, author);
        out.varint(sequence);
        hash.write(out);
    }

    static Position read(StoreId store, ByteReader in) throws FormatException {
        return new Position(store, Authors.read(in), in.varint(), Hash.read(in));
    }
}
