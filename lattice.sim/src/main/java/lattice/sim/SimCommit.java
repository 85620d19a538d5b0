package lattice.sim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;

/**
 * A commit reduced to what convergence is about: it is chained, signed, and writes one key at a time of its author's
 * clock. The signature is a keyed hash, as a thousand nodes that verify for real would test nothing but a processor.
 */
final class SimCommit {
    private static final int CHAIN = 32;
    private static final int CHECKPOINT = CHAIN + Long.BYTES;
    private static final int PROOF_KEY = -1;
    /** A grant writes a key of its own, which tells whom it lets in. */
    private static final int FIRST_GRANT_KEY = -2;
    private static final int HEADER = CHAIN + Long.BYTES + Integer.BYTES;

    private SimCommit() {
    }

    static SignedCommit of(Author author, long sequence, byte[] previous, long time, int key, int size) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.max(size, HEADER));
        bytes.put(previous).putLong(time).putInt(key);
        return new SignedCommit(author, sequence, bytes.array(), sign(author, sequence, bytes.array()));
    }

    /** A commit that proves that somebody else made two histories; it writes a key of its own. */
    static SignedCommit ofProof(Author author, long sequence, byte[] previous, long time, SimFork fork) {
        byte[] proof = fork.encode();
        ByteBuffer bytes = ByteBuffer.allocate(HEADER + proof.length);
        bytes.put(previous).putLong(time).putInt(PROOF_KEY).put(proof);
        return new SignedCommit(author, sequence, bytes.array(), sign(author, sequence, bytes.array()));
    }

    /** A commit that lets a node in. */
    static SignedCommit ofGrant(Author author, long sequence, byte[] previous, long time, int number) {
        return of(author, sequence, previous, time, FIRST_GRANT_KEY - number, HEADER);
    }

    /** The number of the node that a commit lets in, if it lets one in. */
    static OptionalInt granted(SignedCommit commit) {
        return key(commit) <= FIRST_GRANT_KEY ? OptionalInt.of(FIRST_GRANT_KEY - key(commit)) : OptionalInt.empty();
    }

    /** The proof that a commit carries, if it does and it is one. */
    static Optional<SimFork> proof(SignedCommit commit) {
        return key(commit) == PROOF_KEY ? SimFork.decode(Arrays.copyOfRange(commit.commit(), HEADER, commit.commit().length))
                : Optional.empty();
    }

    /** A checkpoint's text: the hash of its state, how many bytes that has, and a signature. */
    static byte[] signCheckpoint(byte[] state) {
        return signed(ByteBuffer.allocate(CHECKPOINT).put(sha256(state)).putLong(state.length).array());
    }

    static boolean isGenuineCheckpoint(byte[] checkpoint) {
        return checkpoint.length > CHECKPOINT && Arrays.equals(signed(Arrays.copyOf(checkpoint, CHECKPOINT)), checkpoint);
    }

    private static byte[] signed(byte[] text) {
        return concat(text, sha256(concat("the secret of the founder".getBytes(StandardCharsets.UTF_8), text)));
    }

    static byte[] stateHash(byte[] checkpoint) {
        return Arrays.copyOf(checkpoint, CHAIN);
    }

    static long stateBytes(byte[] checkpoint) {
        return ByteBuffer.wrap(checkpoint).getLong(CHAIN);
    }

    static byte[] chain(SignedCommit commit) {
        return sha256(commit.commit());
    }

    static boolean isGenuine(SignedCommit commit) {
        return commit.commit().length >= HEADER
                && Arrays.equals(commit.signature(), sign(commit.author(), commit.sequence(), commit.commit()));
    }

    /** The hash of the commit before. */
    static byte[] previous(SignedCommit commit) {
        return Arrays.copyOf(commit.commit(), CHAIN);
    }

    static boolean follows(SignedCommit commit, byte[] previous) {
        return Arrays.equals(previous(commit), previous);
    }

    static long time(SignedCommit commit) {
        return ByteBuffer.wrap(commit.commit()).getLong(CHAIN);
    }

    static int key(SignedCommit commit) {
        return ByteBuffer.wrap(commit.commit()).getInt(CHAIN + Long.BYTES);
    }

    static NodeId node(int number) {
        return new NodeId(HexFormat.of().formatHex(sha256(ByteBuffer.allocate(4).putInt(number).array())));
    }

    private static byte[] sign(Author author, long sequence, byte[] commit) {
        byte[] secret = ("the secret of " + author + " " + sequence).getBytes(StandardCharsets.UTF_8);
        byte[] half = sha256(concat(secret, commit));
        return concat(half, half);
    }

    private static byte[] concat(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
