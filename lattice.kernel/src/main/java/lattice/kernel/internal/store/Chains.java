package lattice.kernel.internal.store;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;

/** How far each author's chain of commits has come here. Changed by the writer, read by any thread. */
final class Chains {
    private static final int MAX_AUTHORS = 1_000_000;
    /** About how many revisions of an author lie between two that are remembered. */
    private static final long SAMPLE_EVERY = 256;

    private final Map<Author, Head> heads = new ConcurrentHashMap<>();
    private final Map<Author, TreeMap<Long, Long>> samples = new HashMap<>();

    /**
     * An author's last commit here.
     *
     * @param revision this node's revision of it
     */
    record Head(long sequence, Hash hash, HybridTime time, long revision) {
        static final Head NONE = new Head(0, Hash.NONE, HybridTime.ZERO, 0);
    }

    Head head(Author author) {
        return heads.getOrDefault(author, Head.NONE);
    }

    /** All authors' heads, as they are now. */
    Map<Author, Head> heads() {
        return Map.copyOf(heads);
    }

    /** Why a commit can't be the next of its author, if it can't. */
    Optional<String> objection(Commit commit) {
        Head head = head(commit.author());
        if (commit.sequence() != head.sequence + 1) {
            return Optional.of("its number is " + commit.sequence() + ", the next is " + (head.sequence + 1));
        }
        if (!commit.previous().equals(head.hash)) {
            return Optional.of("it follows another commit than the one that is held");
        }
        if (commit.time().compareTo(head.time) <= 0) {
            return Optional.of("its time is not later than that of the commit before");
        }
        return Optional.empty();
    }

    void advance(Commit commit, Hash hash, long revision) {
        Author author = commit.author();
        heads.put(author, new Head(commit.sequence(), hash, commit.time(), revision));
        synchronized (samples) {
            TreeMap<Long, Long> sampled = samples.computeIfAbsent(author, a -> new TreeMap<>());
            if (sampled.isEmpty() || revision - sampled.lastEntry().getValue() >= SAMPLE_EVERY) {
                sampled.put(commit.sequence(), revision);
            }
        }
    }

    /** A revision of this log at or before that of an author's commit; 0 if nothing is known of it. */
    long revisionBefore(Author author, long sequence) {
        synchronized (samples) {
            TreeMap<Long, Long> sampled = samples.get(author);
            Map.Entry<Long, Long> before = sampled == null ? null : sampled.floorEntry(sequence);
            return before == null ? 0 : before.getValue();
        }
    }

    void write(ByteWriter out) {
        out.varint(heads.size());
        heads.forEach((author, head) -> {
            Authors.write(out, author);
            out.varint(head.sequence);
            head.hash.write(out);
            out.u64(head.time.bits()).varint(head.revision);
        });
    }

    void read(ByteReader in) throws FormatException {
        int count = in.varint(MAX_AUTHORS);
        for (int i = 0; i < count; i++) {
            Author author = Authors.read(in);
            heads.put(author, new Head(in.varint(), Hash.read(in), Authors.readTime(in), in.varint()));
        }
    }
}
