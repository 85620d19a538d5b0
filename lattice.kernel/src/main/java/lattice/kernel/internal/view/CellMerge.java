package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import lattice.kernel.internal.codec.FormatException;

/** Encoded cells of several sources, each in the order of keys, as one: cells of one key are combined. */
final class CellMerge implements Iterator<Map.Entry<byte[], byte[]>> {
    private final PriorityQueue<Head> heads =
            new PriorityQueue<>((one, other) -> Arrays.compareUnsigned(one.next.getKey(), other.next.getKey()));

    private final byte[] to;

    /** @param to the key behind the last; null for no end */
    CellMerge(List<Iterator<? extends Map.Entry<byte[], byte[]>>> sources, byte[] to) {
        this.to = to;
        for (Iterator<? extends Map.Entry<byte[], byte[]>> source : sources) {
            Head head = new Head(source);
            if (head.advance()) {
                heads.add(head);
            }
        }
    }

    @Override
    public boolean hasNext() {
        return !heads.isEmpty() && (to == null || Arrays.compareUnsigned(heads.peek().next.getKey(), to) < 0);
    }

    @Override
    public Map.Entry<byte[], byte[]> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Map.Entry<byte[], byte[]> first = pop();
        byte[] key = first.getKey();
        Cell combined = null;
        while (!heads.isEmpty() && Arrays.equals(heads.peek().next.getKey(), key)) {
            Cell other = decode(pop());
            combined = ConflictRule.combine(combined == null ? decode(first) : combined, other);
        }
        return combined == null ? first : new CellFile.Encoded(key, combined.encode(key));
    }

    private Map.Entry<byte[], byte[]> pop() {
        Head head = heads.poll();
        Map.Entry<byte[], byte[]> entry = head.next;
        if (head.advance()) {
            heads.add(head);
        }
        return entry;
    }

    private static Cell decode(Map.Entry<byte[], byte[]> entry) {
        try {
            return Cell.decode(entry.getKey(), entry.getValue());
        } catch (FormatException e) {
            throw new DamagedViewException("A cell that was written to be sorted is damaged: " + e.getMessage() + ".", e);
        }
    }

    /** A source with its next cell. */
    private static final class Head {
        private final Iterator<? extends Map.Entry<byte[], byte[]>> source;
        private Map.Entry<byte[], byte[]> next;

        Head(Iterator<? extends Map.Entry<byte[], byte[]>> source) {
            this.source = source;
        }

        boolean advance() {
            next = source.hasNext() ? source.next() : null;
            return next != null;
        }
    }
}
