package lattice.sim;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;

/** Two commits of one author and number that follow the same one: the proof that it made two histories, and where they part. */
record SimFork(SignedCommit one, SignedCommit other) {
    private static final int SIGNATURE = 64;

    Author author() {
        return one.author();
    }

    /** The first number that there are two of. */
    long from() {
        return one.sequence();
    }

    boolean isProof() {
        return one.author().equals(other.author()) && one.sequence() == other.sequence()
                && !Arrays.equals(one.commit(), other.commit()) && SimCommit.isGenuine(one) && SimCommit.isGenuine(other)
                && SimCommit.follows(one, SimCommit.previous(other));
    }

    byte[] encode() {
        ByteBuffer bytes = ByteBuffer.allocate(3 * Integer.BYTES + 2 * Long.BYTES + 2 * SIGNATURE + one.commit().length
                + other.commit().length + author().node().hex().length());
        byte[] node = author().node().hex().getBytes(StandardCharsets.US_ASCII);
        bytes.putInt(node.length).put(node).putLong(author().epoch()).putLong(from());
        for (SignedCommit commit : new SignedCommit[] {one, other}) {
            bytes.putInt(commit.commit().length).put(commit.commit()).put(commit.signature());
        }
        return bytes.array();
    }

    /** Empty if it is none. */
    static Optional<SimFork> decode(byte[] bytes) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            byte[] node = bytes(in, in.getInt());
            Author author = new Author(new NodeId(new String(node, StandardCharsets.US_ASCII)), in.getLong());
            long number = in.getLong();
            SimFork fork = new SimFork(commit(author, number, in), commit(author, number, in));
            return fork.isProof() ? Optional.of(fork) : Optional.empty();
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static SignedCommit commit(Author author, long number, ByteBuffer in) {
        byte[] commit = bytes(in, in.getInt());
        return new SignedCommit(author, number, commit, bytes(in, SIGNATURE));
    }

    private static byte[] bytes(ByteBuffer in, int length) {
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}
