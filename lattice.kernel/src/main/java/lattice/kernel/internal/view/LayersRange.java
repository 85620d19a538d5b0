package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** The keys of a range of several layers in order, each once, with what was in force there at a revision. */
final class LayersRange {
    private final List<Iterator<Update>> layers;
    private final Update[] heads;
    private final long seen;
    private byte[] key;
    private Cell cell;

    /**
     * @param layers newest first
     * @param to the key behind the last; null for no end
     * @param seen what came later than this revision doesn't count
     */
    LayersRange(Layer[] layers, byte[] from, boolean inclusive, byte[] to, long seen) {
        this.seen = seen;
        this.layers = Stream.of(layers).map(layer -> layer.range(from, inclusive, to)).toList();
        heads = new Update[layers.length];
        for (int i = 0; i < layers.length; i++) {
            advance(i);
        }
        advance();
    }

    private void advance(int layer) {
        heads[layer] = layers.get(layer).hasNext() ? layers.get(layer).next() : null;
    }

    /** The key that it has come to; null at the end. */
    byte[] key() {
        return key;
    }

    /** What was in force there; null if the layers don't say. */
    Cell cell() {
        return cell;
    }

    void advance() {
        key = null;
        cell = null;
        for (Update head : heads) {
            if (head != null && (key == null || Arrays.compareUnsigned(head.key(), key) < 0)) {
                key = head.key();
            }
        }
        boolean decided = key == null;
        for (int i = 0; i < heads.length; i++) {
            if (key != null && heads[i] != null && Arrays.equals(heads[i].key(), key)) {
                decided = decided || decide(heads[i]);
                advance(i);
            }
        }
    }

    /** @return whether the layers below need not be asked: it is known, or so much has happened since that nobody here knows */
    private boolean decide(Update last) {
        Update update = last;
        while (update != null && update.revision > seen) {
            if (update.first) {
                return false;
            }
            update = update.previous;
        }
        cell = update == null ? null : update.cell();
        return true;
    }
}
