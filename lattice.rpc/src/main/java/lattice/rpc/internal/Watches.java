package lattice.rpc.internal;

import java.util.concurrent.Executor;

/**
 * What all watches share.
 *
 * @param readers where the store is asked to be listened to, which may take a while
 * @param messages of changes
 */
record Watches(Executor readers, Limits limits, WatchBudget budget, ChangeMessages messages) {
}
