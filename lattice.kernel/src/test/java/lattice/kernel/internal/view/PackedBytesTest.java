package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;

final class PackedBytesTest {
    private static final PackedBytes PACKED = PackedBytes.SERIALIZER;
    private static final Comparator<byte[]> ORDER = Arrays::compareUnsigned;

    /** What a node does to its arrays, beside a list that the same is done to. */
    @Property(tries = 300)
    void holdsWhatAListWould(@ForAll @Size(max = 40) List<byte[]> values,
            @ForAll @Size(max = 40) List<Integer> places) throws IOException {
        List<byte[]> model = new ArrayList<>();
        Object packed = PACKED.valueArrayEmpty();
        for (int i = 0; i < Math.min(values.size(), places.size()); i++) {
            int place = Math.floorMod(places.get(i), model.size() + 1);
            switch (Math.floorMod(places.get(i), 5)) {
                case 0 -> {
                    if (place < model.size()) {
                        packed = PACKED.valueArrayUpdateVal(packed, place, values.get(i));
                        model.set(place, values.get(i));
                    }
                }
                case 1 -> {
                    if (place < model.size()) {
                        packed = PACKED.valueArrayDeleteValue(packed, place + 1);
                        model.remove(place);
                    }
                }
                default -> {
                    packed = PACKED.valueArrayPut(packed, place, values.get(i));
                    model.add(place, values.get(i));
                }
            }
        }
        assertHolds(packed, model);
        assertHolds(PACKED.valueArrayFromArray(model.toArray()), model);
        int half = model.size() / 2;
        assertHolds(PACKED.valueArrayCopyOfRange(packed, half, model.size()), model.subList(half, model.size()));
        assertHolds(PACKED.valueArrayCopyOfRange(packed, 0, half), model.subList(0, half));
        for (DataInput2 in : inputs(packed)) {
            assertHolds(PACKED.valueArrayDeserialize(in, model.size()), model);
            assertThat(in.getPos()).isEqualTo(bytes(packed).length);
        }
        for (int i = 0; i < model.size(); i++) {
            for (DataInput2 in : inputs(packed)) {
                assertThat(PACKED.valueArrayBinaryGet(in, model.size(), i)).isEqualTo(model.get(i));
            }
        }
    }

    @Property(tries = 300)
    void findsWhatABinarySearchWould(@ForAll @Size(min = 1, max = 40) List<byte[]> values) throws IOException {
        List<byte[]> sorted = new ArrayList<>();
        values.stream().skip(1).sorted(ORDER).filter(value -> sorted.isEmpty()
                || !Arrays.equals(sorted.get(sorted.size() - 1), value)).forEach(sorted::add);
        Object packed = PACKED.valueArrayFromArray(sorted.toArray());
        List<byte[]> wanted = new ArrayList<>(sorted);
        wanted.add(values.get(0));
        for (byte[] key : wanted) {
            int expected = Collections.binarySearch(sorted, key, ORDER);
            assertThat(PACKED.valueArraySearch(packed, key)).isEqualTo(expected);
            for (DataInput2 in : inputs(packed)) {
                assertThat(PACKED.valueArrayBinarySearch(key, in, sorted.size(), PACKED)).isEqualTo(expected);
                assertThat(in.getPos()).isEqualTo(bytes(packed).length);
            }
        }
    }

    @Test
    void whatIsTooLongIsRefusedRatherThanCut() {
        Object longest = PACKED.valueArrayPut(PACKED.valueArrayEmpty(), 0, new byte[PackedBytes.MAX_LENGTH]);
        assertThat(PACKED.valueArrayGet(longest, 0)).hasSize(PackedBytes.MAX_LENGTH);
        assertThatThrownBy(() -> PACKED.valueArrayPut(longest, 0, new byte[PackedBytes.MAX_LENGTH + 1]))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("65536 bytes");
    }

    private static void assertHolds(Object packed, List<byte[]> model) {
        assertThat(PACKED.valueArraySize(packed)).isEqualTo(model.size());
        for (int i = 0; i < model.size(); i++) {
            assertThat(PACKED.valueArrayGet(packed, i)).isEqualTo(model.get(i));
        }
    }

    private static byte[] bytes(Object packed) throws IOException {
        DataOutput2 out = new DataOutput2();
        PACKED.valueArraySerialize(out, packed);
        return out.copyBytes();
    }

    /** The forms in which MapDB hands out what it has stored. */
    private static List<DataInput2> inputs(Object packed) throws IOException {
        byte[] bytes = bytes(packed);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes);
        return List.of(new DataInput2.ByteArray(bytes), new DataInput2.ByteBuffer(direct, 0));
    }
}
