package lattice.mesh.internal.node;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.ChainHead;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.VersionVector;

/** The log of a malicious node: it holds a forged commit and hands it out. */
final class Gullible implements LogWithoutCheckpoints {
    private final NodeId self;
    private final SignedCommit forged;

    Gullible(NodeId self, SignedCommit forged) {
        this.self = self;
        this.forged = forged;
    }

    @Override
    public StoreId store() {
        return Fixture.MESH;
    }

    @Override
    public VersionVector held() {
        return new VersionVector(Map.of(forged.author(), 1L, new Author(self, 1), 0L));
    }

    @Override
    public Map<Author, ChainHead> heads() {
        return Map.of(forged.author(), new ChainHead(1, new byte[32]));
    }

    @Override
    public Optional<ChainHead> head(Author author) {
        return Optional.ofNullable(heads().get(author));
    }

    @Override
    public byte[] hash(SignedCommit commit) {
        return new byte[32];
    }

    @Override
    public Map<Author, Long> forked() {
        return Map.of();
    }

    @Override
    public List<SignedCommit> after(VersionVector known, int maxBytes) {
        return known.of(forged.author()) == 0 ? List.of(forged) : List.of();
    }

    @Override
    public CompletionStage<IngestResult> ingest(List<SignedCommit> commits) {
        return CompletableFuture.completedFuture(new IngestResult.Accepted(commits.size()));
    }

    @Override
    public byte[] digest() {
        return new byte[32];
    }

    @Override
    public AutoCloseable onOwnCommits(Consumer<List<SignedCommit>> listener) {
        return () -> { };
    }
}
