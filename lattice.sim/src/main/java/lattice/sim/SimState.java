package lattice.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;

/**
 * The state of a checkpoint as bytes: how far each author has come, and of each key its version and a value.
 *
 * <pre>
 * authors    4 bytes, then of each: node (32), epoch (8), number of the last commit (8), its hash (32)
 * keys       4 bytes, then of each: key (4), time (8), place of its author above (4), value ({@value #VALUE_BYTES})
 * </pre>
 */
record SimState(Map<Author, Head> authors, Map<Integer, Version> keys) {
    static final int VALUE_BYTES = 200;
    private static final int AUTHOR_BYTES = 32 + 8 + 8 + 32;
    private static final int KEY_BYTES = 4 + 8 + 4 + VALUE_BYTES;

    /** An author's last commit. */
    record Head(long sequence, byte[] hash) {
    }

    byte[] encode() {
        List<Author> order = authors.keySet().stream().sorted().toList();
        Map<Author, Integer> places = new TreeMap<>();
        ByteBuffer bytes = ByteBuffer.allocate(4 + order.size() * AUTHOR_BYTES + 4 + keys.size() * KEY_BYTES);
        bytes.putInt(order.size());
        for (Author author : order) {
            Head head = authors.get(author);
            bytes.put(HexFormat.of().parseHex(author.node().hex())).putLong(author.epoch()).putLong(head.sequence()).put(head.hash());
            places.put(author, places.size());
        }
        bytes.putInt(keys.size());
        new TreeMap<>(keys).forEach((key, version) -> bytes.putInt(key).putLong(version.time().bits())
                .putInt(places.get(version.author())).put(new byte[VALUE_BYTES]));
        return bytes.array();
    }

    static SimState decode(byte[] state) {
        ByteBuffer bytes = ByteBuffer.wrap(state);
        Map<Author, Head> authors = new TreeMap<>();
        List<Author> order = new ArrayList<>();
        for (int left = bytes.getInt(); left > 0; left--) {
            byte[] node = new byte[32];
            bytes.get(node);
            Author author = new Author(new NodeId(HexFormat.of().formatHex(node)), bytes.getLong());
            long sequence = bytes.getLong();
            byte[] hash = new byte[32];
            bytes.get(hash);
            authors.put(author, new Head(sequence, hash));
            order.add(author);
        }
        Map<Integer, Version> keys = new TreeMap<>();
        for (int left = bytes.getInt(); left > 0; left--) {
            int key = bytes.getInt();
            HybridTime time = new HybridTime(bytes.getLong());
            keys.put(key, new Version(time, order.get(bytes.getInt()), 0));
            bytes.position(bytes.position() + VALUE_BYTES);
        }
        return new SimState(authors, keys);
    }
}
