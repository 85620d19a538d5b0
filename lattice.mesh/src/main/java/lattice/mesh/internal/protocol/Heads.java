package lattice.mesh.internal.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lattice.api.store.Author;

/** What is held of one store, with sums over it that are kept up to date as it grows. */
final class Heads {
    static final int BUCKETS = 64;
    /** Up to this many authors the whole vector is no larger than the sums of the buckets. */
    static final int SMALL = 40;

    private final Map<Author, Head> heads = new HashMap<>();
    private final Sum[] sums = new Sum[BUCKETS];
    private Sum total = Sum.ZERO;

    Heads() {
        Arrays.fill(sums, Sum.ZERO);
    }

    long of(Author author) {
        Head head = heads.get(author);
        return head == null ? 0 : head.sequence();
    }

    Head head(Author author) {
        return heads.get(author);
    }

    int authors() {
        return heads.size();
    }

    boolean advance(Head head) {
        Head before = heads.get(head.author());
        if (before != null && before.sequence() >= head.sequence()) {
            return false;
        }
        heads.put(head.author(), head);
        Sum change = before == null ? hash(head) : hash(head).minus(hash(before));
        int bucket = bucket(head.author());
        sums[bucket] = sums[bucket].plus(change);
        total = total.plus(change);
        return true;
    }

    Sum total() {
        return total;
    }

    /** Takes back what was held of an author behind another commit of it; number 0 for all. */
    void withdraw(Head to) {
        Head before = heads.remove(to.author());
        if (before != null) {
            int bucket = bucket(to.author());
            sums[bucket] = sums[bucket].minus(hash(before));
            total = total.minus(hash(before));
        }
        if (to.sequence() > 0) {
            advance(to);
        }
    }

    List<Sum> buckets() {
        return List.of(sums);
    }

    /** The heads of those buckets whose bit is set. */
    List<Head> in(long buckets) {
        List<Head> found = new ArrayList<>();
        for (Head head : heads.values()) {
            if ((buckets >>> bucket(head.author()) & 1) == 1) {
                found.add(head);
            }
        }
        return found;
    }

    /** One bit for each bucket whose sum is not the one given. */
    long differing(List<Sum> others) {
        long differing = 0;
        for (int i = 0; i < BUCKETS && i < others.size(); i++) {
            if (!sums[i].equals(others.get(i))) {
                differing |= 1L << i;
            }
        }
        return differing;
    }

    /** What to read from a log so that it gives the authors asked for, and of them only what was asked. */
    Map<Author, Long> exceptFrom(List<Message.From> wanted) {
        Map<Author, Long> known = new HashMap<>();
        heads.forEach((author, head) -> known.put(author, head.sequence()));
        for (Message.From from : wanted) {
            if (known.containsKey(from.author())) {
                known.put(from.author(), Math.min(known.get(from.author()), Math.max(0, from.sequence() - 1)));
            }
        }
        return known;
    }

    private static int bucket(Author author) {
        return Integer.parseInt(author.node().hex(), 0, 2, 16) + (int) author.epoch() & BUCKETS - 1;
    }

    private static Sum hash(Head head) {
        ByteBuffer bytes = ByteBuffer.allocate(88);
        bytes.put(head.author().node().hex().getBytes(StandardCharsets.US_ASCII), 0, 64);
        bytes.putLong(head.author().epoch()).putLong(head.sequence()).putLong(head.hash());
        ByteBuffer digest = ByteBuffer.wrap(sha256(bytes.array()));
        return new Sum(digest.getLong(), digest.getLong());
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
