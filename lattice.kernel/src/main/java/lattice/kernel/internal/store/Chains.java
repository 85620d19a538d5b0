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

/**
 * How far each author's chain of commits has come here. Changed by the writer, read by any thread.
 *
 * <p>A chain ends where a part of the log was lost. What is held of the author from behind that part, its orphans, belongs to
 * the chain again once other nodes have brought back what lies between.
 */
final class Chains {
    /** About how many revisions of an author lie between two that are remembered. */
    private static final long SAMPLE_EVERY = 256;
    /** Those above are forgotten, and must come again from elsewhere. */
    private static final int MAX_ORPHANS = 100_000;

    private final Map<Author, Head> heads = new ConcurrentHashMap<>();
    private final Map<Author, TreeMap<Long, Long>> samples = new HashMap<>();
    private final Map<Author, TreeMap<Long, Orphan>> orphans = new HashMap<>();
    private volatile int orphanCount;

    /**
     * An author's last commit here.
     *
     * @param revision this node's revision of it
     */
    record Head(long sequence, Hash hash, HybridTime time, long revision) {
        static final Head NONE = new Head(0, Hash.NONE, HybridTime.ZERO, 0);
    }

    private record Orphan(Hash previous, Head head) {
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
        Head before = head(author);
        Head head = new Head(commit.sequence(), hash, commit.time(), revision);
        if (commit.sequence() > before.sequence + 1) {
            if (orphanCount < MAX_ORPHANS
                    && orphans.computeIfAbsent(author, a -> new TreeMap<>())
                            .put(commit.sequence(), new Orphan(commit.previous(), head)) == null) {
                orphanCount++;
            }
        } else if (commit.sequence() > before.sequence) {
            heads.put(author, head);
            sample(author, head, false);
            adopt(author);
        }
    }

    /** Takes commits of an author as held up to one, because the state of a checkpoint is here that covers them. */
    void cover(Author author, StateFile.Covered last) {
        if (last.sequence() > head(author).sequence) {
            heads.put(author, new Head(last.sequence(), last.hash(), last.time(), 0));
            adopt(author);
        }
    }

    private void sample(Author author, Head head, boolean always) {
        synchronized (samples) {
            TreeMap<Long, Long> sampled = samples.computeIfAbsent(author, a -> new TreeMap<>());
            if (always || sampled.isEmpty() || head.revision - sampled.lastEntry().getValue() >= SAMPLE_EVERY) {
                sampled.put(head.sequence, head.revision);
            }
        }
    }

    /** Takes the orphans of an author back into its chain that follow on it now. */
    private void adopt(Author author) {
        TreeMap<Long, Orphan> waiting = orphans.get(author);
        boolean first = true;
        while (waiting != null && !waiting.isEmpty()) {
            Head head = head(author);
            Orphan next = waiting.firstEntry().getValue();
            if (next.head.sequence > head.sequence + 1) {
                return;
            }
            waiting.pollFirstEntry();
            orphanCount--;
            if (next.head.sequence == head.sequence + 1 && next.previous.equals(head.hash)) {
                heads.put(author, next.head);
                // They lie before what was brought back, so a search from there would miss them.
                sample(author, next.head, first);
                first = false;
            }
        }
        orphans.remove(author);
    }

    /** Whether commits are missing before some that are held: of any author. */
    boolean hasOrphans() {
        return orphanCount > 0;
    }

    /** Whether commits of an author are missing before some that are held. */
    boolean hasOrphans(Author author) {
        return orphans.containsKey(author);
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
        heads.forEach((author, head) -> write(out, author, head));
        out.varint(orphanCount);
        orphans.forEach((author, waiting) -> waiting.values().forEach(orphan -> {
            write(out, author, orphan.head);
            orphan.previous.write(out);
        }));
    }

    private static void write(ByteWriter out, Author author, Head head) {
        Authors.write(out, author);
        out.varint(head.sequence);
        head.hash.write(out);
        out.u64(head.time.bits()).varint(head.revision);
    }

    private static Head readHead(ByteReader in) throws FormatException {
        return new Head(in.varint(), Hash.read(in), Authors.readTime(in), in.varint());
    }

    void read(ByteReader in) throws FormatException {
        int count = in.varint(in.remaining());
        for (int i = 0; i < count; i++) {
            Author author = Authors.read(in);
            heads.put(author, readHead(in));
        }
        orphanCount = in.varint(in.remaining());
        for (int i = 0; i < orphanCount; i++) {
            Author author = Authors.read(in);
            Head head = readHead(in);
            orphans.computeIfAbsent(author, a -> new TreeMap<>()).put(head.sequence, new Orphan(Hash.read(in), head));
        }
    }
}
