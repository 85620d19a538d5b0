package lattice.kernel.internal.validity;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lattice.api.id.StoreId;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;

/**
 * The forks that control commits have proved. Of what an author repeats, or proves less of than before, nothing is kept, and so
 * many of one author at most: it may prove again and again, with keys that it made up for it, and all have to remember. As an
 * author's commits come in their order, all nodes keep the same. Immutable.
 */
final class Proofs {
    static final Proofs NONE = new Proofs(List.of());
    /** Far more than an honest node comes across. */
    static final int MAX_OF_AUTHOR = 256;

    private final List<Proven> kept;

    /** A fork, and the commit that proved it. */
    private record Proven(Position position, Fork fork) {
        /** Whether wherever the other one counts this one does, and voids all that the other one does. */
        boolean includes(Proven other) {
            return position.author().equals(other.position.author()) && position.sequence() <= other.position.sequence()
                    && fork.offender().equals(other.fork.offender()) && fork.chain().equals(other.fork.chain())
                    && fork.sequence() <= other.fork.sequence();
        }
    }

    private Proofs(List<Proven> kept) {
        this.kept = List.copyOf(kept);
    }

    /** The same with a fork that a commit proves; this itself if that says nothing new. */
    Proofs plus(Position position, Fork fork) {
        Proven proven = new Proven(position, fork);
        if (kept.stream().anyMatch(one -> one.includes(proven))
                || kept.stream().filter(one -> one.position.author().equals(position.author())).count() >= MAX_OF_AUTHOR) {
            return this;
        }
        List<Proven> more = new ArrayList<>(kept);
        more.add(proven);
        return new Proofs(more);
    }

    boolean isEmpty() {
        return kept.isEmpty();
    }

    Stream<Fork> forks() {
        return kept.stream().map(Proven::fork);
    }

    /** Those that were proved by some commits. */
    Stream<Fork> forks(Predicate<Position> by) {
        return kept.stream().filter(proven -> by.test(proven.position)).map(Proven::fork);
    }

    void write(ByteWriter out) {
        out.varint(kept.size());
        for (Proven proven : kept) {
            proven.position.write(out);
            ForkProof.writeFork(out, proven.fork);
        }
    }

    static Proofs read(StoreId mesh, ByteReader in) throws FormatException {
        List<Proven> kept = new ArrayList<>();
        for (int i = in.varint(in.remaining()); i > 0; i--) {
            kept.add(new Proven(Position.read(mesh, in), ForkProof.readFork(in)));
        }
        return new Proofs(kept);
    }
}
