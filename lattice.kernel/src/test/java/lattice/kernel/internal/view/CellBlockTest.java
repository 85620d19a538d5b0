package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

final class CellBlockTest {
    private static final int AUTHOR_END = Cell.AUTHOR_AT + Authors.BYTES;

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static List<CellFile.Encoded> cells(Random random) {
        TreeSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        for (int i = random.nextInt(60); i > 0; i--) {
            byte[] key = bytes(random, random.nextInt(40));
            // Few different bytes: the keys have much in common.
            for (int at = 0; at < key.length; at++) {
                key[at] = (byte) (at < 20 ? 'a' : 'a' + (key[at] & 3));
            }
            keys.add(key);
        }
        List<byte[]> authors = new ArrayList<>();
        for (int i = 1 + random.nextInt(200); i > 0; i--) {
            authors.add(bytes(random, Authors.BYTES));
        }
        return keys.stream().map(key -> {
            byte[] cell = bytes(random, AUTHOR_END + random.nextInt(200));
            System.arraycopy(authors.get(random.nextInt(authors.size())), 0, cell, Cell.AUTHOR_AT, Authors.BYTES);
            return new CellFile.Encoded(key, cell);
        }).toList();
    }

    private static List<CellFile.Encoded> decode(byte[] block) throws FormatException {
        List<CellFile.Encoded> cells = new ArrayList<>();
        CellBlock.Decoder decoder = new CellBlock.Decoder(block);
        while (decoder.hasNext()) {
            cells.add(decoder.next());
        }
        return cells;
    }

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void whatWasPackedIsThereAgainBlockByBlock(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        ByteWriter out = new ByteWriter(1000);
        CellBlock.Encoder encoder = new CellBlock.Encoder(out);
        for (int block = 0; block < 3; block++) {
            List<CellFile.Encoded> cells = cells(random);
            out.clear();
            encoder.start();
            cells.forEach(cell -> encoder.add(cell.key(), cell.cell()));
            assertThat(decode(out.toBytes())).isEqualTo(cells);
        }
    }

    @Property(tries = 1000, shrinking = ShrinkingMode.OFF)
    void arbitraryBytesAreRefusedAndNothingIsLargerThanTheyJustify(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] block;
        if (random.nextBoolean()) {
            block = bytes(random, random.nextInt(300));
        } else {
            ByteWriter out = new ByteWriter(1000);
            CellBlock.Encoder encoder = new CellBlock.Encoder(out);
            cells(random).forEach(cell -> encoder.add(cell.key(), cell.cell()));
            block = Arrays.copyOf(out.toBytes(), random.nextInt(out.length() + 1));
            for (int changes = random.nextInt(5); changes > 0 && block.length > 0; changes--) {
                block[random.nextInt(block.length)] = (byte) random.nextInt();
            }
        }
        CellBlock.Decoder decoder = new CellBlock.Decoder(block);
        try {
            while (decoder.hasNext()) {
                CellFile.Encoded cell = decoder.next();
                assertThat(cell.key().length).isLessThanOrEqualTo(block.length);
                assertThat(cell.cell().length).isBetween(AUTHOR_END, block.length + Authors.BYTES);
            }
        } catch (FormatException e) {
            assertThat(e).message().isNotBlank();
        }
    }

    @Test
    void keysAndAuthorsThatCellsHaveInCommonAreWrittenOnce() {
        ByteWriter out = new ByteWriter(1000);
        CellBlock.Encoder encoder = new CellBlock.Encoder(out);
        byte[] cell = new byte[AUTHOR_END + 10];
        encoder.add("/a/long/prefix/one".getBytes(), cell);
        int first = out.length();
        encoder.add("/a/long/prefix/two".getBytes(), cell);
        assertThat(out.length() - first).isEqualTo(1 + 1 + "two".length() + 1 + 1 + cell.length - Authors.BYTES);
    }

    @Test
    void whatIsNoCellIsNotPacked() {
        CellBlock.Encoder encoder = new CellBlock.Encoder(new ByteWriter(100));
        assertThatThrownBy(() -> encoder.add(new byte[1], new byte[AUTHOR_END - 1])).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least");
    }
}
