package lattice.kernel.replication;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import org.osgi.annotation.versioning.ProviderType;

/** The commits of one store, for sending them to other nodes and taking theirs in. One OSGi service per replicated store. */
@ProviderType
public interface ReplicaLog {
    StoreId store();

    /** The nodes that the store's declaration lists as those that hold it; empty if all members do. */
    Set<NodeId> holders();

    /** What is held, durable and signed. */
    VersionVector held();

    /** The last commit of each author of those that are held, durable and signed. */
    Map<Author, ChainHead> heads();

    /** The last commit held of an author; empty if there is none. */
    Optional<ChainHead> head(Author author);

    /** The hash of a commit, 32 bytes, whether it is held or not. */
    byte[] hash(SignedCommit commit);

    /**
     * Authors that are proven to have made two histories, and from which number on: as if nothing from there on were held of
     * them, none of it is given or taken in.
     */
    Map<Author, Long> forked();

    /**
     * Commits that {@code known} lacks, each author's in sequence, the oldest first; the last of each author's run is
     * signed. Empty if there are none.
     *
     * @param known what the receiver holds
     * @param maxBytes about where to stop; at least one commit is returned if any is lacking
     */
    List<SignedCommit> after(VersionVector known, int maxBytes);

    /**
     * Checks commits of any authors, at once, and stores them: complete when those accepted are durable and visible. Others
     * may be given before; they are stored in the order in which they were given, and share an fsync where they can.
     *
     * @return fails with a {@link lattice.api.store.StoreException} if they can't be stored now
     */
    CompletionStage<IngestResult> ingest(List<SignedCommit> commits);

    /** What to offer to one who lacks commits that are not kept here any more, if there is a checkpoint that covers them. */
    Optional<StateOffer> offer();

    /**
     * The last checkpoint, as who has its state offers it, if that is neither held here nor can be made here, because what it takes
     * was lost to damage: any other node may have it.
     */
    Optional<StateOffer> lackedState();

    /**
     * A part of the state of a checkpoint.
     *
     * @param state its SHA-256
     * @return empty if it is not held here, or not any more
     */
    byte[] state(byte[] state, long offset, int maxBytes);

    /**
     * Decides to take a state that a peer offers, or to go on with it if a part of it is here.
     *
     * @return complete if it would bring nothing new
     * @throws lattice.api.store.StoreException if nobody who may has signed it, or there is no room for it
     */
    StateProgress accept(StateOffer offer);

    /**
     * Takes in a part of the state that was accepted last. With the last part it is checked and put in force, which returns
     * when all of it is durable and visible. Parts that don't follow on what is here are passed over.
     *
     * @throws lattice.api.store.StoreException if it is not the state that was signed; nothing of it is kept then
     */
    StateProgress receive(byte[] state, long offset, byte[] part);

    /**
     * A hash of the state: equal on two nodes that hold the same commits, whatever the order they came in.
     *
     * @return 32 bytes
     */
    byte[] digest();

    /**
     * Tells of what this node itself writes, once it is durable, on a thread of the store: in runs, each a part of one
     * author's sequence that ends in a signed commit. Of very much at once a part may not be told.
     *
     * @param listener must return at once: the store's writes wait for it
     */
    AutoCloseable onOwnCommits(Consumer<List<SignedCommit>> listener);
}
