package lattice.kernel.internal.store;

import java.util.concurrent.CompletableFuture;

/** Has the writer do something between two groups of writes. */
interface Errands {
    /** Puts it in the queue. */
    CompletableFuture<Void> start(Submission.Action action);

    /** Waits until it was done. */
    void run(Submission.Action action);
}
