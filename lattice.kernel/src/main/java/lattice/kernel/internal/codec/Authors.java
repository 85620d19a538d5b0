package lattice.kernel.internal.codec;

import java.util.concurrent.ConcurrentHashMap;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;

/** Authors and versions as bytes: the 32 bytes of the node's key and the epoch; time, author, index. */
public final class Authors {
    /** How many bytes an author takes. */
    public static final int BYTES = Hash.BYTES + 8;

    private static final int MAX_CACHED = 10_000;
    /** Few authors write many versions; to make an id of 64 digits anew for each would be most of the cost of a read. */
    private static final ConcurrentHashMap<Raw, Author> CACHE = new ConcurrentHashMap<>();
    private static final ConcurrentHashMap<NodeId, Hash> KEYS = new ConcurrentHashMap<>();
    /** Most that is written in a row is of one node. */
    private static volatile Known lastKey = new Known(null, null);

    private Authors() {
    }

    private record Known(NodeId node, Hash key) {
    }

    private record Raw(Hash key, long epoch) {
    }

    public static void write(ByteWriter out, Author author) {
        key(author.node()).write(out);
        out.u64(author.epoch());
    }

    public static Author read(ByteReader in) throws FormatException {
        Raw raw = new Raw(Hash.read(in), in.u64());
        Author author = CACHE.get(raw);
        if (author == null) {
            author = new Author(new NodeId(raw.key.hex()), raw.epoch);
            if (CACHE.size() < MAX_CACHED) {
                CACHE.put(raw, author);
            }
        }
        return author;
    }

    /** The 32 bytes of a node's public key. */
    public static Hash key(NodeId node) {
        Known last = lastKey;
        if (last.node == node) {
            return last.key;
        }
        Hash key = KEYS.get(node);
        if (key == null) {
            key = Hash.fromHex(node.hex());
            if (KEYS.size() < MAX_CACHED) {
                KEYS.put(node, key);
            }
        }
        lastKey = new Known(node, key);
        return key;
    }

    public static HybridTime readTime(ByteReader in) throws FormatException {
        long bits = in.u64();
        if (bits < 0) {
            throw new FormatException("a time is negative");
        }
        return new HybridTime(bits);
    }

    /** A version, shorter if its author is the one that is expected; null if none is. */
    public static void writeVersion(ByteWriter out, Version version, Author expected) {
        boolean other = !version.author().equals(expected);
        out.u64(version.time().bits());
        out.varint((long) version.index() << 1 | (other ? 1 : 0));
        if (other) {
            write(out, version.author());
        }
    }

    public static Version readVersion(ByteReader in, Author expected) throws FormatException {
        HybridTime time = readTime(in);
        long indexAndFlag = in.varint();
        if (indexAndFlag < 0 || indexAndFlag >>> 1 > Integer.MAX_VALUE) {
            throw new FormatException("an index is too large");
        }
        Author author = expected;
        if ((indexAndFlag & 1) != 0) {
            author = read(in);
            if (author.equals(expected)) {
                throw new FormatException("an author is written out that should be implied");
            }
        }
        if (author == null) {
            throw new FormatException("an author is missing");
        }
        return new Version(time, author, (int) (indexAndFlag >>> 1));
    }
}
