package lattice.kernel.internal.node;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.config.Values;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.node.MetaStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must no longer hold once a node was restored from a backup, which may be old, or somebody else's to read: every
 * consent goes back to Manual, tokens and open invites are void. Done in the meta store before anything looks at it; to do
 * it twice is no harm.
 */
final class AfterRestore {
    private static final Logger LOG = LoggerFactory.getLogger(AfterRestore.class);
    private static final Prefix CONFIG = new Prefix("/config");
    private static final String CONSENT = "lattice.consent";
    private static final List<Prefix> VOID = List.of(MetaStore.TOKENS, MetaStore.INVITES);
    private static final int AT_ONCE = 500;

    private final Engine meta;

    AfterRestore(Engine meta) {
        this.meta = meta;
    }

    void run() {
        List<Mutation> mutations = new ArrayList<>();
        try (Stream<Entry> entries = meta.scan(CONFIG, null)) {
            entries.filter(entry -> entry.key().segments()[1].startsWith(CONSENT))
                    .forEach(entry -> mutations.add(withdrawn(entry)));
        }
        for (Prefix prefix : VOID) {
            try (Stream<Entry> entries = meta.scan(prefix, null)) {
                entries.forEach(entry -> mutations.add(new Mutation.Delete(entry.key())));
            }
        }
        for (int i = 0; i < mutations.size(); i += AT_ONCE) {
            meta.writeAsNode(Transaction.of(
                    mutations.subList(i, Math.min(mutations.size(), i + AT_ONCE)).toArray(Mutation[]::new)));
        }
        LOG.warn("This node was restored from a backup: {} consents, tokens and invites were withdrawn.", mutations.size());
    }

    /** The same consent with the value Manual; one that can't be read, which counts for nothing, goes. */
    private static Mutation withdrawn(Entry entry) {
        try {
            Dictionary<String, Object> consent = Values.decode(entry.value());
            if (consent.get("value") != null) {
                consent.put("value", "Manual");
            }
            return new Mutation.Put(entry.key(), Values.encode(consent));
        } catch (FormatException e) {
            return new Mutation.Delete(entry.key());
        }
    }
}
