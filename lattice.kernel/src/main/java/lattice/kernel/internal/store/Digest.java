package lattice.kernel.internal.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import lattice.api.store.Prefix;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.View;

/**
 * A hash of a state: the SHA-256 of, for each value in the order of keys, {@code key:blob author:40 version value:blob}. It
 * holds nothing that differs between nodes with the same commits: no revisions, no deletions.
 */
final class Digest {
    private final MessageDigest sha = Hash.sha256();
    private final ByteWriter out = new ByteWriter(1024);
    private long count;

    /** Adds a value; keys must come in order. */
    void add(byte[] key, Cell cell) {
        if (cell.isDeletion()) {
            return;
        }
        out.clear();
        out.blob(key);
        Authors.write(out, cell.version().author());
        Authors.writeVersion(out, cell.version(), cell.version().author());
        out.blob(cell.value());
        sha.update(out.buffer(), 0, out.length());
        count++;
    }

    /** Adds what a view holds below a prefix. */
    Digest addAll(View view, Prefix prefix) {
        if (!prefix.equals(Prefix.ALL)) {
            byte[] itself = prefix.path().getBytes(StandardCharsets.UTF_8);
            view.get(itself).ifPresent(cell -> add(itself, cell));
        }
        byte[] from = (prefix.equals(Prefix.ALL) ? "/" : prefix.path() + "/").getBytes(StandardCharsets.UTF_8);
        byte[] to = null;
        if (!prefix.equals(Prefix.ALL)) {
            to = Arrays.copyOf(from, from.length);
            to[to.length - 1]++;
        }
        for (Iterator<Map.Entry<byte[], byte[]>> cells = view.range(from, true, to); cells.hasNext();) {
            Map.Entry<byte[], byte[]> cell = cells.next();
            add(cell.getKey(), view.decode(cell.getKey(), cell.getValue()));
        }
        return this;
    }

    /** How many values were added. */
    long count() {
        return count;
    }

    byte[] finish() {
        return sha.digest();
    }
}
