package lattice.mesh.internal.node;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lattice.api.id.NodeId;
import lattice.kernel.replication.SignedCommit;

/**
 * Gathers a node's own commits, of those that a store tells of, into runs that end in a signed one: others take in no
 * less. A run that grows large is let go of; who lacks it finds out from the next one and asks.
 */
final class OwnCommits implements Consumer<SignedCommit> {
    private static final int MAX_BYTES = 2 << 20;

    private final NodeId self;
    private final Consumer<List<SignedCommit>> then;
    private final List<SignedCommit> run = new ArrayList<>();
    private long bytes;

    OwnCommits(NodeId self, Consumer<List<SignedCommit>> then) {
        this.self = self;
        this.then = then;
    }

    @Override
    public void accept(SignedCommit commit) {
        if (!commit.author().node().equals(self)) {
            return;
        }
        boolean follows = run.isEmpty() || run.get(run.size() - 1).author().equals(commit.author())
                && run.get(run.size() - 1).sequence() + 1 == commit.sequence();
        if (!follows || bytes > MAX_BYTES) {
            run.clear();
            bytes = 0;
        }
        run.add(commit);
        bytes += commit.commit().length;
        if (commit.signature().length > 0) {
            then.accept(List.copyOf(run));
            run.clear();
            bytes = 0;
        }
    }
}
