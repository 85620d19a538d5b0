package lattice.rpc.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.CommandResult;

/**
 * The results of commands by operation id, so that a retry is answered and not done again. The store remembers the
 * operation ids of transactions; for commands this does, for as many as it has room for and until the node restarts.
 */
final class AppliedCommands {
    private static final int REMEMBERED = 10_000;

    private final Map<Operation, CompletionStage<CommandResult>> results = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Operation, CompletionStage<CommandResult>> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Operation(ServiceId service, StoreId store, String id) {
    }

    CompletionStage<CommandResult> once(Session session, String id, Supplier<CompletionStage<CommandResult>> command) {
        Operation operation = new Operation(session.token().service(), session.store().id(), id);
        synchronized (this) {
            CompletionStage<CommandResult> known = results.get(operation);
            if (known != null) {
                return known;
            }
            CompletionStage<CommandResult> result = command.get();
            results.put(operation, result);
            // What failed wrote nothing, and may be tried again.
            result.whenComplete((done, failure) -> {
                if (failure != null) {
                    forget(operation, result);
                }
            });
            return result;
        }
    }

    private synchronized void forget(Operation operation, CompletionStage<CommandResult> result) {
        results.remove(operation, result);
    }
}
