package lattice.mesh.internal.protocol;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;

/** The commits of one store as the protocol sees them: it never waits, answers come back on the protocol's thread. */
public interface Replica {
    StoreId store();

    /** The nodes that hold the store; empty if all members do. */
    Set<NodeId> holders();

    /** Whether a node is among those that hold the store. */
    default boolean isFor(NodeId node) {
        Set<NodeId> holders = holders();
        return holders.isEmpty() || holders.contains(node);
    }

    /** What is held now. */
    Collection<Head> heads();

    /** The last commit held of an author; 0 and no hash if there is none. */
    Head head(Author author);

    /** The first 8 bytes of a commit's hash. */
    long hash(SignedCommit commit);

    /** Authors that are proven to have made two histories, and from which number on nothing of them is held or taken in. */
    Map<Author, Long> forked();

    /** Commits that {@code known} lacks, oldest first, about {@code maxBytes} of them; the last of each author is signed. */
    void read(VersionVector known, int maxBytes, Consumer<List<SignedCommit>> then);

    /** Checks and stores commits. */
    void ingest(List<SignedCommit> commits, Consumer<IngestResult> then);

    /** The state of a checkpoint, for one who lacks what is not kept here any more; empty if there is none. */
    void offer(Consumer<Optional<StateOffer>> then);

    /** The last checkpoint, if its state was lost here, as it would be offered; empty if it was not. */
    void lackedState(Consumer<Optional<StateOffer>> then);

    /** A part of such a state; empty if it is not held any more. */
    void state(byte[] state, long offset, int maxBytes, Consumer<byte[]> then);

    /** Begins, or goes on, to take a state; empty if nobody who may has signed it. */
    void accept(StateOffer offer, Consumer<Optional<StateProgress>> then);

    /** Takes in a part of it; empty if it turned out not to be what was signed. */
    void receive(byte[] state, long offset, byte[] part, Consumer<Optional<StateProgress>> then);
}
