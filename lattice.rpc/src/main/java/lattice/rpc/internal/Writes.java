package lattice.rpc.internal;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import lattice.api.store.CommandResult;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.protocol.Wire;
import lattice.v1.ApplyRequest;
import lattice.v1.BatchRequest;
import lattice.v1.DeleteRequest;
import lattice.v1.PutRequest;

/**
 * What a session writes, each write with the rights that its token has at that moment. They may wait, for room in the store's
 * queue; they throw what {@link CallFailures} knows to answer.
 */
record Writes(Session session) {
    CompletionStage<Receipt> put(PutRequest request) {
        return submit(new Transaction(
                List.of(new Mutation.Put(new Key(request.getKey()), request.getValue().toByteArray())),
                request.hasOperationId() ? Optional.of(request.getOperationId()) : Optional.empty()));
    }

    CompletionStage<Receipt> delete(DeleteRequest request) {
        return submit(new Transaction(List.of(new Mutation.Delete(new Key(request.getKey()))),
                request.hasOperationId() ? Optional.of(request.getOperationId()) : Optional.empty()));
    }

    CompletionStage<Receipt> batch(BatchRequest request) {
        return submit(new Transaction(request.getMutationsList().stream().map(Wire::read).toList(),
                request.hasOperationId() ? Optional.of(request.getOperationId()) : Optional.empty()));
    }

    private CompletionStage<Receipt> submit(Transaction transaction) {
        transaction.mutations().forEach(mutation -> Rights.checkWrite(session, mutation.key()));
        return session.store().submit(transaction);
    }

    CompletionStage<CommandResult> apply(ApplyRequest request) {
        CompletionStage<CommandResult> applied = session.store().apply(request.getStateMachine(),
                request.getCommand().toByteArray(),
                request.hasOperationId() ? Optional.of(request.getOperationId()) : Optional.empty());
        // Which keys it writes is known to the store only, which looks at the rights then.
        applied.whenComplete((result, failure) -> {
            if (failure instanceof StoreException known && known.code() == StoreException.Code.DENIED) {
                Rights.log(session, "apply", request.getStateMachine());
            }
        });
        return applied;
    }
}
