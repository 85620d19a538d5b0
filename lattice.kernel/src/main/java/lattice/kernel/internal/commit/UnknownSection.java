package lattice.kernel.internal.commit;

import java.util.Arrays;

/**
 * A section of a type that this version doesn't know: kept and relayed as it is.
 *
 * @param type at least 2; odd if a node that doesn't know it must not let the commit take effect
 * @param body its bytes, not to be modified
 */
public record UnknownSection(int type, byte[] body) implements Section {
    public boolean critical() {
        return (type & 1) != 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnknownSection that && type == that.type && Arrays.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return 31 * type + Arrays.hashCode(body);
    }
}
