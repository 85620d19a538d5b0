package lattice.kernel.internal.view;

import java.util.Arrays;

/** A key in a hash table. */
public final class KeyBytes {
    private final byte[] bytes;
    private final int hash;

    /** @param bytes the key as UTF-8, not to be modified */
    public KeyBytes(byte[] bytes) {
        this.bytes = bytes;
        hash = Arrays.hashCode(bytes);
    }

    /** The key as UTF-8, not to be modified. */
    byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyBytes that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
