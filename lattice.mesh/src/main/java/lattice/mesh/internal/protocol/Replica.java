package lattice.mesh.internal.protocol;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import lattice.api.id.StoreId;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.VersionVector;

/** The commits of one store as the protocol sees them: it never waits, answers come back on the protocol's thread. */
public interface Replica {
    StoreId store();

    /** What is held when the protocol starts. */
    Collection<Head> heads();

    /** Commits that {@code known} lacks, oldest first, about {@code maxBytes} of them; the last of each author is signed. */
    void read(VersionVector known, int maxBytes, Consumer<List<SignedCommit>> then);

    /** Checks and stores commits. */
    void ingest(List<SignedCommit> commits, Consumer<IngestResult> then);
}
