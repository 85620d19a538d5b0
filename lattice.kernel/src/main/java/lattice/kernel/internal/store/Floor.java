package lattice.kernel.internal.store;

import java.util.Set;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;

/**
 * How far what a store holds may be given up, once snapshots hold it.
 *
 * @param revision no commit up to this revision of the node need be kept; 0 if all must be
 * @param horizon deletions up to this time are not needed to tell what is older than they
 */
record Floor(long revision, HybridTime horizon) {
    private static final Floor NOTHING = new Floor(0, HybridTime.ZERO);
    private static final Floor EVERYTHING = new Floor(Long.MAX_VALUE, new HybridTime(Long.MAX_VALUE));

    /**
     * The floor of who has no other node to agree with: where nobody else has written, everything may go; elsewhere nothing
     * may, without a checkpoint that others go by too.
     */
    static Floor ofOneNode(Author self, Set<Author> authors) {
        return authors.stream().allMatch(author -> author.node().equals(self.node())) ? EVERYTHING : NOTHING;
    }
}
