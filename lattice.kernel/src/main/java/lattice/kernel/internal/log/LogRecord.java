package lattice.kernel.internal.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.api.store.Author;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;

/**
 * What the body of a record says.
 *
 * <pre>
 * body      := 1 revision:varint stage:u8 count:varint link* signed:u8 [signature:64] commit
 *            | 2 author:40 sequence:varint signature:64
 *            | 3 revision:varint count:varint (key:blob touched:varint cell:blob)*
 *            | 4 zeros
 * link      := (revisions back * 8 + outcome):varint        one for each mutation of the commit, in order
 * </pre>
 */
public sealed interface LogRecord {
    int COMMIT = 1;
    int SIGNATURE = 2;
    int JUDGEMENT = 3;
    int LOST = 4;

    /** How far a commit has come. */
    enum Stage {
        /** It arrived and took effect. */
        EFFECTIVE,
        /** It arrived, but its time has not come: it has no effect yet. */
        WAITING,
        /** Its time has come; it arrived in an earlier record. */
        RELEASED
    }

    /** What became of a mutation when its commit took effect here. */
    enum Outcome {
        /** It changed what readers see. */
        VISIBLE,
        /** It did, and won over a write that its author had not seen. */
        VISIBLE_CONCURRENT,
        /** It is in force, but a reader sees no difference: what it deletes was not there. */
        UNSEEN,
        /** A write that is in force won over it. */
        LOST,
        /** Its author was not allowed to make it. */
        VOID;

        private static final Outcome[] ALL = values();
    }

    /**
     * Links a mutation to the one before it of the same key, so that a key's history is read without searching for it.
     *
     * @param previous the revision of the commit that last wrote the key, whatever became of that; 0 if there was none
     * @param outcome what became of this one
     */
    record Link(long previous, Outcome outcome) {
    }

    /**
     * A commit.
     *
     * @param revision this node's number for it
     * @param links one for each mutation; none while it waits
     * @param signature its author's, if it came with one
     * @param commit as {@link lattice.kernel.internal.commit.CommitCodec} writes it
     */
    record OfCommit(long revision, Stage stage, Link[] links, Optional<byte[]> signature, byte[] commit)
            implements LogRecord {
    }

    /** A signature that was made after its commit, of this node's own, was durable. */
    record OfSignature(Author author, long sequence, byte[] signature) implements LogRecord {
    }

    /**
     * What commits that were judged again have left, as their authors may do other things than was known before.
     *
     * @param revision this node's number for it
     * @param changes keys with what is in force there since
     */
    record OfJudgement(long revision, List<Judged> changes) implements LogRecord {
    }

    /**
     * @param key the key
     * @param touched the revision of the last commit that wrote it
     * @param cell what is in force, as {@link lattice.kernel.internal.view.Cell} writes it
     */
    record Judged(byte[] key, long touched, byte[] cell) {
    }

    /** Records that were damaged stood here; what they said is not known any more. It fills the place that they took. */
    record OfLoss() implements LogRecord {
    }

    int SIGNATURE_BYTES = 64;

    /** Starts the body of a commit's record; the bytes of the commit follow. */
    static void startCommit(ByteWriter out, long revision, Stage stage, Link[] links, int count, byte[] signature) {
        out.u8(COMMIT).varint(revision).u8(stage.ordinal()).varint(count);
        for (int i = 0; i < count; i++) {
            long back = links[i].previous == 0 ? 0 : revision - links[i].previous + 1;
            out.varint(back << 3 | links[i].outcome.ordinal());
        }
        out.u8(signature == null ? 0 : 1);
        if (signature != null) {
            out.raw(signature);
        }
    }

    static void writeSignature(ByteWriter out, Author author, long sequence, byte[] signature) {
        out.u8(SIGNATURE);
        Authors.write(out, author);
        out.varint(sequence).raw(signature);
    }

    static void writeJudgement(ByteWriter out, long revision, List<Judged> changes) {
        out.u8(JUDGEMENT).varint(revision).varint(changes.size());
        changes.forEach(change -> out.blob(change.key).varint(change.touched).blob(change.cell));
    }

    private static OfJudgement judgement(ByteReader in) throws FormatException {
        long revision = in.varint();
        int count = in.varint(in.remaining());
        List<Judged> changes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            changes.add(new Judged(in.blob(Key.MAX_BYTES), in.varint(), in.blob(2 * Mutation.MAX_VALUE_BYTES)));
        }
        in.expectEnd("a judgement");
        return new OfJudgement(revision, changes);
    }

    static LogRecord decode(byte[] body) throws FormatException {
        ByteReader in = new ByteReader(body);
        int kind = in.u8();
        switch (kind) {
            case COMMIT -> {
                long revision = in.varint();
                Stage stage = stage(in.u8());
                Link[] links = new Link[in.varint(in.remaining())];
                for (int i = 0; i < links.length; i++) {
                    long link = in.varint();
                    long back = link >>> 3;
                    int outcome = (int) (link & 7);
                    if (back > revision || outcome >= Outcome.ALL.length) {
                        throw new FormatException("a link of revision " + revision + " leads nowhere");
                    }
                    links[i] = new Link(back == 0 ? 0 : revision - back + 1, Outcome.ALL[outcome]);
                }
                Optional<byte[]> signature = in.u8() == 0 ? Optional.empty() : Optional.of(in.raw(SIGNATURE_BYTES));
                return new OfCommit(revision, stage, links, signature, in.raw(in.remaining()));
            }
            case SIGNATURE -> {
                OfSignature signature = new OfSignature(Authors.read(in), in.varint(), in.raw(SIGNATURE_BYTES));
                in.expectEnd("a signature");
                return signature;
            }
            case JUDGEMENT -> {
                return judgement(in);
            }
            case LOST -> {
                return new OfLoss();
            }
            default -> throw new FormatException("a record is of unknown kind " + kind);
        }
    }

    private static Stage stage(int ordinal) throws FormatException {
        Stage[] stages = Stage.values();
        if (ordinal >= stages.length) {
            throw new FormatException("a record is of unknown stage " + ordinal);
        }
        return stages[ordinal];
    }
}
