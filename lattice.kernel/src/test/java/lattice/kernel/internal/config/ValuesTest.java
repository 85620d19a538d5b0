package lattice.kernel.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Vector;
import lattice.kernel.internal.codec.FormatException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class ValuesTest {
    @Property
    void whatWasKeptComesBackWithItsTypes(@ForAll("configurations") Map<String, Object> configuration) throws FormatException {
        Dictionary<String, Object> read = Values.decode(Values.encode(new Hashtable<>(configuration)));
        assertThat(Collections.list(read.keys())).containsExactlyInAnyOrderElementsOf(configuration.keySet());
        configuration.forEach((name, value) -> {
            assertThat(read.get(name)).isEqualTo(value);
            assertThat(read.get(name).getClass().isArray()).isEqualTo(value.getClass().isArray());
        });
    }

    @Property
    void arbitraryAndDamagedBytesAreAFormatExceptionOrAConfiguration(
            @ForAll("configurations") Map<String, Object> configuration, @ForAll int place, @ForAll byte change,
            @ForAll byte[] arbitrary) {
        byte[] bytes = Values.encode(new Hashtable<>(configuration));
        bytes[Math.floorMod(place, bytes.length)] ^= change;
        for (byte[] any : List.of(bytes, arbitrary)) {
            try {
                assertThat(Values.decode(any)).isNotNull();
            } catch (FormatException expected) {
                assertThat(expected.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void aValueThatAConfigurationCannotHoldIsRefused() {
        Hashtable<String, Object> configuration = new Hashtable<>(Map.of("a", new Object()));
        assertThatThrownBy(() -> Values.encode(configuration)).isInstanceOf(IllegalArgumentException.class);
    }

    @Provide
    Arbitrary<Map<String, Object>> configurations() {
        Arbitrary<Object> scalars = Arbitraries.oneOf(Arbitraries.strings().alpha().ofMaxLength(10),
                Arbitraries.integers(), Arbitraries.longs(), Arbitraries.shorts(), Arbitraries.bytes(),
                Arbitraries.floats(), Arbitraries.doubles(), Arbitraries.of(true, false), Arbitraries.chars()).map(v -> (Object) v);
        Arbitrary<Object> arrays = Arbitraries.oneOf(Arbitraries.integers().array(int[].class).ofMaxSize(4),
                Arbitraries.integers().array(Integer[].class).ofMaxSize(4),
                Arbitraries.strings().alpha().array(String[].class).ofMaxSize(4),
                Arbitraries.of(true, false).array(boolean[].class).ofMaxSize(4),
                Arbitraries.bytes().array(byte[].class).ofMaxSize(4)).map(v -> (Object) v);
        Arbitrary<Object> collections = scalars.list().ofMaxSize(4).map(Vector::new);
        return Arbitraries.maps(Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(8),
                Arbitraries.oneOf(scalars, arrays, collections)).ofMaxSize(6);
    }
}
