package lattice.kernel.replication;

import java.util.Arrays;

/**
 * How far the state of a checkpoint has arrived.
 *
 * @param state the SHA-256 of the state, 32 bytes
 * @param have how many bytes are here
 * @param bytes how many there are; once all are here and checked, the state is in force
 */
public record StateProgress(byte[] state, long have, long bytes) {
    public boolean isComplete() {
        return have >= bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StateProgress that && Arrays.equals(state, that.state) && have == that.have
                && bytes == that.bytes;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(state);
    }
}
