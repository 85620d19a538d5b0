package lattice.kernel.internal.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;

/**
 * Some cells in the order of their keys, as {@link CellFile} packs them: of a key only what differs from the one before, and of
 * an author, which most of a block's cells have in common, only a number.
 *
 * <pre>
 * cells  := (shared:varint rest:blob author cell:blob)*
 * author := number:varint [author:40]
 * </pre>
 *
 * <p>A key is the first {@code shared} bytes of the key before, then {@code rest}. Authors are numbered from 0 in the order in which
 * they come; one that comes for the first time follows its number. The cell is a {@link Cell} without its author.
 */
final class CellBlock {
    private static final int MAX_CELL_BYTES = 20 * 1024 * 1024;
    private static final int AUTHOR_END = Cell.AUTHOR_AT + Authors.BYTES;
    private static final byte[] NO_KEY = new byte[0];

    private CellBlock() {
    }

    /** Packs cells, one block after the other. */
    static final class Encoder {
        private final ByteWriter out;
        private final Map<KeyBytes, Integer> authors = new HashMap<>();
        private byte[] lastAuthor = NO_KEY;
        private int lastNumber;
        private byte[] lastKey = NO_KEY;

        /** @param out where to write them, behind what is there */
        Encoder(ByteWriter out) {
            this.out = out;
        }

        /** What comes next starts a block. */
        void start() {
            authors.clear();
            lastAuthor = NO_KEY;
            lastKey = NO_KEY;
        }

        /** @param cell an encoded cell */
        void add(byte[] key, byte[] cell) {
            if (cell.length < AUTHOR_END) {
                throw new IllegalArgumentException("A cell has at least " + AUTHOR_END + " bytes, this one has " + cell.length + ".");
            }
            int differs = Arrays.mismatch(lastKey, key);
            int shared = differs < 0 ? key.length : differs;
            out.varint(shared).varint(key.length - shared).raw(key, shared, key.length - shared);
            lastKey = key;
            addAuthor(cell);
            out.varint(cell.length - Authors.BYTES).raw(cell, 0, Cell.AUTHOR_AT).raw(cell, AUTHOR_END, cell.length - AUTHOR_END);
        }

        private void addAuthor(byte[] cell) {
            if (lastAuthor.length > 0 && Arrays.equals(lastAuthor, 0, Authors.BYTES, cell, Cell.AUTHOR_AT, AUTHOR_END)) {
                out.varint(lastNumber);
                return;
            }
            lastAuthor = Arrays.copyOfRange(cell, Cell.AUTHOR_AT, AUTHOR_END);
            Integer known = authors.putIfAbsent(new KeyBytes(lastAuthor), authors.size());
            lastNumber = known == null ? authors.size() - 1 : known;
            out.varint(lastNumber);
            if (known == null) {
                out.raw(lastAuthor);
            }
        }
    }

    /** Reads the cells of a block. */
    static final class Decoder {
        private final ByteReader in;
        private final List<byte[]> authors = new ArrayList<>();
        private byte[] lastKey = NO_KEY;

        Decoder(byte[] block) {
            in = new ByteReader(block);
        }

        boolean hasNext() {
            return in.remaining() > 0;
        }

        CellFile.Encoded next() throws FormatException {
            int shared = in.varint(lastKey.length);
            byte[] key = withBefore(lastKey, shared, in.varint(MAX_CELL_BYTES - shared));
            lastKey = key;
            byte[] author = author();
            int length = in.varint(MAX_CELL_BYTES);
            if (length < Cell.AUTHOR_AT || length > in.remaining()) {
                throw new FormatException("a cell can't have " + length + " bytes");
            }
            byte[] cell = new byte[length + Authors.BYTES];
            in.raw(cell, 0, Cell.AUTHOR_AT);
            System.arraycopy(author, 0, cell, Cell.AUTHOR_AT, Authors.BYTES);
            in.raw(cell, AUTHOR_END, length - Cell.AUTHOR_AT);
            return new CellFile.Encoded(key, cell);
        }

        private byte[] withBefore(byte[] before, int shared, int count) throws FormatException {
            if (count > in.remaining()) {
                throw new FormatException("a key ends behind its block");
            }
            byte[] whole = Arrays.copyOf(before, shared + count);
            in.raw(whole, shared, count);
            return whole;
        }

        private byte[] author() throws FormatException {
            int number = in.varint(authors.size());
            if (number == authors.size()) {
                authors.add(in.raw(Authors.BYTES));
            }
            return authors.get(number);
        }
    }
}
