package lattice.api.store;

import java.util.List;
import java.util.Optional;

/**
 * What is written at once: all of it becomes visible at one revision, or none of it.
 *
 * @param mutations at least one, in order; a later one for the same key wins; at most {@value #MAX_BYTES} bytes of keys
 *     and values together
 * @param operationId makes a retry safe: a transaction of an id that was committed within the last 24 hours is answered
 *     with the first one's receipt and not written again; at most 64 characters
 */
public record Transaction(List<Mutation> mutations, Optional<String> operationId) {
    /** The most bytes of keys and values in one transaction. */
    public static final int MAX_BYTES = 8 * 1024 * 1024;

    /** The most characters of an operation id. */
    public static final int MAX_OPERATION_ID = 64;

    /** @throws StoreException if it is empty, or larger than allowed */
    public Transaction {
        mutations = List.copyOf(mutations);
        if (mutations.isEmpty()) {
            throw new StoreException(StoreException.Code.INVALID_TRANSACTION, "A transaction holds at least one mutation.");
        }
        long bytes = 0;
        for (Mutation mutation : mutations) {
            bytes += mutation.key().path().length() + (mutation instanceof Mutation.Put put ? put.value().length : 0);
        }
        if (bytes > MAX_BYTES) {
            throw new StoreException(StoreException.Code.TOO_LARGE, "This transaction has " + bytes
                    + " bytes; the most is " + MAX_BYTES + ". Write it in parts.");
        }
        operationId.ifPresent(id -> {
            if (id.isEmpty() || id.length() > MAX_OPERATION_ID) {
                throw new StoreException(StoreException.Code.INVALID_TRANSACTION,
                        "An operation id has 1 to " + MAX_OPERATION_ID + " characters; this one has " + id.length() + ".");
            }
        });
    }

    /** A transaction without an operation id. */
    public static Transaction of(Mutation... mutations) {
        return new Transaction(List.of(mutations), Optional.empty());
    }

    /** The same with an operation id. */
    public Transaction withOperationId(String id) {
        return new Transaction(mutations, Optional.of(id));
    }
}
