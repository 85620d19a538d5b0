package lattice.api.store;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import lattice.api.id.StoreId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A replicated, ordered map of key to value with one commit log. Every method may be called by any thread; all errors are
 * {@link StoreException}s, thrown or as the failure of the stage that is returned, and leave the store unchanged.
 */
@ProviderType
public interface Store {
    /** Service property that holds {@link #id()} as hexadecimal digits. */
    String ID = "lattice.store.id";

    /** Service property that holds {@link #name()}. */
    String NAME = "lattice.store.name";

    /** Its identity, the same at every node that replicates it. */
    StoreId id();

    /** {@code root}, or the name it was declared by under {@code /stores}. */
    String name();

    /** The last commit that is durable and visible here. A get or scan that follows sees at least this much. */
    LogPosition position();

    /** The value of a key, if it has one. */
    Optional<Entry> get(Key key);

    /**
     * The entries under a prefix, in the order of their keys. What is written meanwhile may be seen or not; all that was
     * there throughout is seen, once.
     */
    Stream<Entry> scan(Prefix prefix);

    /** The same, only keys greater than {@code after}: how a scan is taken up again. */
    Stream<Entry> scan(Prefix prefix, Key after);

    /**
     * Writes a transaction. The stage completes when it is on disk and visible; it may complete on a thread of the store,
     * which must not be blocked. If very much is waiting already, the call waits a bounded time, then the stage fails
     * with {@link StoreException.Code#BUSY}.
     */
    CompletionStage<Receipt> submit(Transaction transaction);

    /** Writes a transaction and waits until it is on disk and visible. */
    Receipt write(Transaction transaction);

    /** Gives a key a value, and waits until that is on disk and visible. */
    default Receipt put(Key key, byte[] value) {
        return write(Transaction.of(new Mutation.Put(key, value)));
    }

    /** Gives a key a value of text, as UTF-8, and waits until that is on disk and visible. */
    default Receipt put(Key key, String text) {
        return write(Transaction.of(new Mutation.Put(key, text)));
    }

    /** Takes a key away, and waits until that is on disk and visible. */
    default Receipt delete(Key key) {
        return write(Transaction.of(new Mutation.Delete(key)));
    }

    /**
     * Sends a command to a state machine, which runs here and once; commands to one state machine run one after another,
     * each on the state that the one before has left. What it decides is committed together with the command.
     *
     * @param stateMachine the name it is registered by
     * @param command in the state machine's own form; at most {@value Mutation#MAX_VALUE_BYTES} bytes
     */
    default CompletionStage<CommandResult> apply(String stateMachine, byte[] command) {
        return apply(stateMachine, command, Optional.empty());
    }

    /**
     * As {@link #apply(String, byte[])}. A command whose operation id the same caller used within 24 hours, for a command or
     * a transaction, is answered with the receipt that was given then, and not decided again; one that wrote nothing leaves
     * no trace, and is.
     *
     * @param operationId 1 to {@value Transaction#MAX_OPERATION_ID} characters
     */
    CompletionStage<CommandResult> apply(String stateMachine, byte[] command, Optional<String> operationId);

    /**
     * The writes to a key that the log still holds, the winning order's newest first, at most {@code limit}; fewer if their values
     * have more than 8 MiB together.
     */
    List<HistoryEntry> history(Key key, int limit);

    /**
     * Delivers every visible change under a prefix once, in revision order, without gaps.
     *
     * @throws CompactedException if changes after that position are no longer in the log
     * @throws StoreException with {@link StoreException.Code#LOG_CHANGED} if the position is not one of this log
     */
    Watch watch(Prefix prefix, WatchStart start, WatchListener listener);
}
