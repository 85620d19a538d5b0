package lattice.kernel.internal.commit;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import lattice.api.store.Version;

/**
 * A mutation in a commit.
 *
 * @param key the key as UTF-8
 * @param value what it is given; null if it is deleted
 * @param overwrote the version that the author saw there, of a value or of a deletion; null if it saw nothing
 */
public record Write(byte[] key, byte[] value, Version overwrote) {
    public boolean isDelete() {
        return value == null;
    }

    public Optional<byte[]> optionalValue() {
        return Optional.ofNullable(value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Write that && Arrays.equals(key, that.key) && Arrays.equals(value, that.value)
                && Objects.equals(overwrote, that.overwrote);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(key) + Arrays.hashCode(value);
    }
}
