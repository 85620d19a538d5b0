package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import lattice.api.id.ServiceId;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.SentCommand;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.view.Projection.Hint;
import lattice.kernel.replication.IngestResult;

/** What waits for the writer. */
sealed interface Submission {
    /** About how many bytes of memory it holds. */
    long bytes();

    int mutations();

    void fail(StoreException cause);

    /**
     * A mutation with all that can be found out before the writer has it.
     *
     * @param value null for a deletion; for a counter, null too
     * @param delta what to add to the counter that is the register {@code key}; null if it is none
     * @param hint what the view held there; null if that wasn't looked up
     */
    record Prepared(byte[] key, byte[] value, Long delta, Hint hint) {
    }

    /**
     * A transaction of this node: checked in every way, so that it can't spoil those that it shares a commit with.
     *
     * @param control whether it must be alone in its commit
     * @param judgedBy what said that this node may write it
     * @param operation the operation id as {@link Operations} knows it
     * @param stillWanted asked when its turn comes; false if what it was decided upon did not come about
     */
    record Local(List<Prepared> prepared, Optional<ServiceId> service, Optional<String> operationId,
            Optional<Hash> operation, Optional<SentCommand> command, boolean control, Control judgedBy, BooleanSupplier stillWanted,
            long bytes, CompletableFuture<Receipt> answer) implements Submission {
        @Override
        public int mutations() {
            return prepared.size();
        }

        @Override
        public void fail(StoreException cause) {
            answer.completeExceptionally(cause);
        }
    }

    /**
     * A commit of another node, its signature checked.
     *
     * @param signature null if a later one of the same run is signed instead
     * @param hints for each of its writes, what the view held there; empty if that wasn't looked up
     */
    record Arrived(Commit commit, Hash hash, byte[] bytes, byte[] signature, List<Hint> hints) {
    }

    /** Commits of other nodes. */
    record Foreign(List<Arrived> commits, int mutations, long bytes, CompletableFuture<IngestResult> answer)
            implements Submission {
        @Override
        public void fail(StoreException cause) {
            answer.completeExceptionally(cause);
        }
    }

    /** What an {@link Errand} does. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    /** Something that must happen on the writer's thread, between two commits. */
    record Errand(Action action, CompletableFuture<Void> answer) implements Submission {
        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public int mutations() {
            return 0;
        }

        @Override
        public void fail(StoreException cause) {
            answer.completeExceptionally(cause);
        }
    }
}
