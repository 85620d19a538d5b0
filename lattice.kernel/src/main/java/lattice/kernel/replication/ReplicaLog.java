package lattice.kernel.replication;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import org.osgi.annotation.versioning.ProviderType;

/** The commits of one store, for sending them to other nodes and taking theirs in. One OSGi service per replicated store. */
@ProviderType
public interface ReplicaLog {
    StoreId store();

    /** What is held, durable and signed. */
    VersionVector held();

    /** The SHA-256 of the last commit held of an author, 32 bytes; as commits are chained, it stands for all of them. */
    Optional<byte[]> hash(Author author);

    /**
     * Commits that {@code known} lacks, each author's in sequence, the oldest first; the last of each author's run is
     * signed. Empty if there are none.
     *
     * @param known what the receiver holds
     * @param maxBytes about where to stop; at least one commit is returned if any is lacking
     */
    List<SignedCommit> after(VersionVector known, int maxBytes);

    /** Checks and stores commits of any authors; returns when those accepted are durable and visible. */
    IngestResult ingest(List<SignedCommit> commits);

    /**
     * A hash of the state: equal on two nodes that hold the same commits, whatever the order they came in.
     *
     * @return 32 bytes
     */
    byte[] digest();

    /** Tells of each commit that has become durable and signed, own or ingested, in log order, on a thread of the store. */
    AutoCloseable onCommit(Consumer<SignedCommit> listener);
}
