package lattice.kernel.internal.store;

import java.lang.reflect.Array;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import lattice.api.id.ServiceId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;

/**
 * The operation ids of this node's own transactions of the last 24 hours, so that a retry is answered and not repeated. Each
 * service has ids of its own. It is remade from the log at a restart. Should there be more than {@link #MAX} in 24 hours,
 * the oldest are forgotten early: memory stays bounded. Written by the writer alone.
 *
 * <p>They lie in arrays of numbers, in the order in which they came, going round; a table with open addressing says where.
 * As objects each would live long enough for several collections to copy it: a good part of what the collector had to do.
 *
 * <pre>
 * operations := count:u32 (id:32 revision:varint version)*
 * </pre>
 *
 * <p>A version names its author only if that is not the one of the version before, as in {@link Authors#writeVersion}.
 */
final class Operations {
    static final int MAX = 256 * 1024;
    static final Duration KEPT = Duration.ofHours(24);

    private static final int FIRST_CAPACITY = 1024;
    private static final int NUMBERS = 4;

    // Who sends ids can choose their hashes, but not so that many meet in the table, as this is not known.
    private final long multiplier = ThreadLocalRandom.current().nextLong() | 1;

    // By place.
    private long[] ids = new long[NUMBERS * FIRST_CAPACITY];
    private long[] revisions = new long[FIRST_CAPACITY];
    private long[] times = new long[FIRST_CAPACITY];
    private Author[] authors = new Author[FIRST_CAPACITY];
    private int[] indexes = new int[FIRST_CAPACITY];
    /** Places, plus one; 0 where there is none. Twice as many as there are places. */
    private int[] table = new int[2 * FIRST_CAPACITY];
    private int oldest;
    private int count;
    /** How many were ever added; the last {@code count} of them are there. */
    private long added;

    /** What was answered. */
    record Done(long revision, Version version) {
    }

    static Hash id(Optional<ServiceId> service, String operationId) {
        ByteWriter out = new ByteWriter(128);
        out.text(service.map(ServiceId::name).orElse("")).text(operationId);
        return Hash.of(out.buffer(), 0, out.length());
    }

    synchronized Optional<Done> find(Hash id, HybridTime now) {
        forgetBefore(now);
        int found = table[slot(id)];
        return found == 0 ? Optional.empty() : Optional.of(done(found - 1));
    }

    /** Adds one, unless it is there. */
    synchronized void add(Hash id, long revision, Version version) {
        if (table[slot(id)] != 0) {
            return;
        }
        if (count == revisions.length) {
            if (count < MAX) {
                grow();
            } else {
                forgetOldest();
            }
        }
        int place = (oldest + count) % revisions.length;
        ids[NUMBERS * place] = id.a();
        ids[NUMBERS * place + 1] = id.b();
        ids[NUMBERS * place + 2] = id.c();
        ids[NUMBERS * place + 3] = id.d();
        revisions[place] = revision;
        times[place] = version.time().bits();
        authors[place] = version.author();
        indexes[place] = version.index();
        table[slot(id)] = place + 1;
        count++;
        added++;
    }

    private Hash id(int place) {
        int at = NUMBERS * place;
        return new Hash(ids[at], ids[at + 1], ids[at + 2], ids[at + 3]);
    }

    private Done done(int place) {
        return new Done(revisions[place], new Version(new HybridTime(times[place]), authors[place], indexes[place]));
    }

    private boolean isAt(int place, Hash id) {
        int at = NUMBERS * place;
        return ids[at] == id.a() && ids[at + 1] == id.b() && ids[at + 2] == id.c() && ids[at + 3] == id.d();
    }

    /** Where an id's search in the table begins. */
    private int home(long firstNumber) {
        return (int) (firstNumber * multiplier >>> 32) & table.length - 1;
    }

    /** Where in the table an id is, or would be. */
    private int slot(Hash id) {
        int slot = home(id.a());
        while (table[slot] != 0 && !isAt(table[slot] - 1, id)) {
            slot = next(slot);
        }
        return slot;
    }

    private int next(int slot) {
        return slot + 1 & table.length - 1;
    }

    private void forgetBefore(HybridTime now) {
        long earliest = now.millis() - KEPT.toMillis();
        while (count > 0 && new HybridTime(times[oldest]).millis() < earliest) {
            forgetOldest();
        }
    }

    private void forgetOldest() {
        int hole = slot(id(oldest));
        // Who was put behind it because it was here moves up, so that no search ends before it has come to what it looks for.
        for (int slot = next(hole); table[slot] != 0; slot = next(slot)) {
            int home = home(ids[NUMBERS * (table[slot] - 1)]);
            boolean betweenHoleAndHere = hole < slot ? hole < home && home <= slot : hole < home || home <= slot;
            if (!betweenHoleAndHere) {
                table[hole] = table[slot];
                hole = slot;
            }
        }
        table[hole] = 0;
        oldest = (oldest + 1) % revisions.length;
        count--;
    }

    /** Makes twice as much room; called when all places are taken. */
    private void grow() {
        int before = revisions.length;
        ids = inOrder(ids, new long[2 * ids.length], NUMBERS * oldest);
        revisions = inOrder(revisions, new long[2 * before], oldest);
        times = inOrder(times, new long[2 * before], oldest);
        authors = inOrder(authors, new Author[2 * before], oldest);
        indexes = inOrder(indexes, new int[2 * before], oldest);
        oldest = 0;
        table = new int[4 * before];
        for (int place = 0; place < count; place++) {
            table[slot(id(place))] = place + 1;
        }
    }

    /** Copies a full ring to the beginning of a larger one, from its oldest place. */
    private static <A> A inOrder(A full, A larger, int from) {
        int length = Array.getLength(full);
        System.arraycopy(full, from, larger, 0, length - from);
        System.arraycopy(full, 0, larger, length - from, from);
        return larger;
    }

    /** Notes what there is now, to be written by another thread. */
    synchronized Captured capture() {
        return new Captured(added - count, added, oldest, ids, revisions, times, authors, indexes);
    }

    private synchronized long firstKept() {
        return added - count;
    }

    /**
     * The operations at some moment, those between two numbers of the order in which they came. There may be a quarter of a
     * million: to write or to copy them takes so long that the writer must not wait for it. So they are read without a lock,
     * some at a time; those that turn out to have been forgotten by then, so that others may have taken their places, are left out.
     */
    final class Captured {
        private static final int AT_ONCE = 512;
        private static final int USUAL_BYTES = 48;

        private final long from;
        private final long to;
        private final int firstPlace;
        private final long[] ids;
        private final long[] revisions;
        private final long[] times;
        private final Author[] authors;
        private final int[] indexes;

        private Captured(long from, long to, int firstPlace, long[] ids, long[] revisions, long[] times, Author[] authors,
                int[] indexes) {
            this.from = from;
            this.to = to;
            this.firstPlace = firstPlace;
            this.ids = ids;
            this.revisions = revisions;
            this.times = times;
            this.authors = authors;
            this.indexes = indexes;
        }

        /** About how many bytes they take, rather more. */
        int aboutBytes() {
            return (int) (to - from + 1) * USUAL_BYTES;
        }

        void write(ByteWriter out) {
            int countAt = out.reserve(Integer.BYTES);
            int written = 0;
            Author author = null;
            for (long next = Math.max(from, firstKept()); next < to;) {
                int before = out.length();
                Author authorBefore = author;
                long end = Math.min(to, next + AT_ONCE);
                for (long number = next; number < end; number++) {
                    author = write((int) ((firstPlace + number - from) % revisions.length), author, out);
                }
                long kept = firstKept();
                if (kept <= next) {
                    written += (int) (end - next);
                    next = end;
                } else {
                    out.truncate(before);
                    author = authorBefore;
                    next = kept;
                }
            }
            out.setU32(countAt, written);
        }

        /** @return its author */
        private Author write(int place, Author before, ByteWriter out) {
            int at = NUMBERS * place;
            out.u64(ids[at]).u64(ids[at + 1]).u64(ids[at + 2]).u64(ids[at + 3]).varint(revisions[place]);
            Version version = new Version(new HybridTime(times[place]), authors[place], indexes[place]);
            Authors.writeVersion(out, version, before);
            return version.author();
        }
    }

    synchronized void read(ByteReader in) throws FormatException {
        int expected = in.u32();
        if (expected < 0 || expected > MAX) {
            throw new FormatException("there are too many operations");
        }
        Author author = null;
        for (int i = 0; i < expected; i++) {
            Hash id = Hash.read(in);
            long revision = in.varint();
            Version version = Authors.readVersion(in, author);
            author = version.author();
            add(id, revision, version);
        }
    }
}
