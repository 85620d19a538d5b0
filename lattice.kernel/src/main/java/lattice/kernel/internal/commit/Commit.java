package lattice.kernel.internal.commit;

import java.util.ArrayList;
import java.util.List;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.Hash;

/**
 * What one author wrote at once: the unit of fsync, signing and replication. {@link CommitCodec} has its bytes.
 *
 * @param store the store's id; {@link Hash#NONE} in the founding commit of a root store, whose hash is that id
 * @param author who made it
 * @param sequence its number among the author's commits to this store, from 1
 * @param time later than the author's commit before
 * @param previous the hash of the author's commit before; {@link Hash#NONE} in the first
 * @param sections what it says
 */
public record Commit(Hash store, Author author, long sequence, HybridTime time, Hash previous, List<Section> sections) {
    public Commit {
        sections = List.copyOf(sections);
    }

    /** The transactions, in order. The mutations of a commit are numbered through them from 0. */
    @SuppressWarnings("unchecked")
    public List<TransactionSection> transactions() {
        int known = 0;
        while (known < sections.size() && sections.get(known) instanceof TransactionSection) {
            known++;
        }
        if (known == sections.size()) {
            // As nearly always, and asked for again and again.
            return (List<TransactionSection>) (List<?>) sections;
        }
        List<TransactionSection> transactions = new ArrayList<>(sections.size());
        for (Section section : sections) {
            if (section instanceof TransactionSection transaction) {
                transactions.add(transaction);
            }
        }
        return transactions;
    }

    /** Whether it holds something that must be understood before the commit may take effect, and is not. */
    public boolean needsNewerNode() {
        for (Section section : sections) {
            if (section instanceof UnknownSection unknown && unknown.critical()) {
                return true;
            }
        }
        return false;
    }
}
