package lattice.kernel.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lattice.api.store.Prefix;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Looking after the stores of this node. A store is named {@code root}, {@code meta} or by the name of a child store; an
 * unknown name is an {@link IllegalArgumentException}.
 */
@ProviderType
public interface Maintenance {
    /** The names of all stores that are open, the meta store among them. */
    List<String> stores();

    /**
     * Reads all that a store keeps on disk, says what is damaged, and repairs what it can; writes and reads go on. May take
     * minutes.
     */
    Verification verify(String store) throws IOException;

    /** What the last {@link #verify}, or the scrub in the background, has found; empty if there was none since the start. */
    Optional<Verification> lastVerification(String store);

    /** The places, in words, where a store has lost something to damage that has neither come back nor been accepted. */
    List<String> losses(String store);

    /**
     * Takes what a store has lost to damage as lost: it is no problem any more, and comes back only if other nodes have it.
     *
     * @return whether anything was lost
     */
    boolean acceptLoss(String store) throws IOException;

    /** Hashes the values below a prefix, as they were at one revision. Two stores of equal state have equal hashes. */
    StateDigest digest(String store, Prefix prefix);

    /**
     * Takes a snapshot, and drops what the log need not keep any more.
     *
     * @return the revision that it is of
     */
    long snapshot(String store) throws IOException;

    /**
     * Writes the node, its key included, to a file that only its owner can read; writes and reads go on. Each store is as it
     * was at one moment; one after another, the meta store first.
     *
     * @param file must not be there yet
     * @return what it holds
     */
    Backup backup(Path file) throws IOException;
}
