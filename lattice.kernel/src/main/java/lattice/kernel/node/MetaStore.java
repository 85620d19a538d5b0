package lattice.kernel.node;

import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Transaction;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What this node keeps for itself: configuration, consents, local declarations, the ledger of decisions. It is durable
 * like a store and never replicated; it is no {@code Store}, so that nothing which takes a store can be handed it.
 */
@ProviderType
public interface MetaStore {
    /** What is below these lets others in, so a node that is restored from a backup, which may be old or in other hands, drops it. */
    Prefix TOKENS = new Prefix("/tokens");
    Prefix INVITES = new Prefix("/mesh/invites");

    Optional<Entry> get(Key key);

    Stream<Entry> scan(Prefix prefix);

    Receipt write(Transaction transaction);
}
