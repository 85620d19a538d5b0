package lattice.kernel.internal.node;

import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Transaction;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.node.MetaStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;

/** The meta store as the other bundles of the node see it. */
@Component(configurationPolicy = ConfigurationPolicy.IGNORE)
public final class MetaStoreService implements MetaStore {
    private final Engine meta;

    @Activate
    public MetaStoreService(@Reference KernelComponent component) {
        meta = component.kernel().meta();
    }

    @Override
    public Optional<Entry> get(Key key) {
        return meta.get(key);
    }

    @Override
    public Stream<Entry> scan(Prefix prefix) {
        return meta.scan(prefix, null);
    }

    @Override
    public Receipt write(Transaction transaction) {
        return meta.writeAsNode(transaction);
    }
}
