package lattice.api.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A key with the value that it has now.
 *
 * @param key where
 * @param value what; 0 to {@value Mutation#MAX_VALUE_BYTES} bytes, not to be modified
 * @param version which write it was
 * @param revision this node's revision at which the value became visible here
 * @param concurrent whether it won over a write that its author had not seen; the history shows both
 */
public record Entry(Key key, byte[] value, Version version, long revision, boolean concurrent) {
    /** The value, read as UTF-8. */
    public String text() {
        return new String(value, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Entry that && key.equals(that.key) && Arrays.equals(value, that.value)
                && version.equals(that.version) && revision == that.revision && concurrent == that.concurrent;
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + version.hashCode();
    }

    @Override
    public String toString() {
        return key + " (" + value.length + " bytes, revision " + revision + ")";
    }
}
