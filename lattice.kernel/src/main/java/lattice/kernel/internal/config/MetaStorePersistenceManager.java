package lattice.kernel.internal.config;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.node.MetaStore;
import org.apache.felix.cm.PersistenceManager;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps Config Admin's configurations in the meta store, at {@code /config/{pid}}. Config Admin uses it because the
 * framework property {@code felix.cm.pm} is {@code lattice}. An entry that can't be decoded is reported and passed over, as if
 * it were not there: what depends on it then falls back to its default, which for a consent is no.
 */
@Component(configurationPolicy = ConfigurationPolicy.IGNORE, property = PersistenceManager.PROPERTY_NAME + "=lattice")
public final class MetaStorePersistenceManager implements PersistenceManager {
    private static final Logger LOG = LoggerFactory.getLogger(MetaStorePersistenceManager.class);
    private static final Prefix CONFIG = new Prefix("/config");

    private final MetaStore meta;

    @Activate
    public MetaStorePersistenceManager(@Reference MetaStore meta) {
        this.meta = meta;
    }

    /** A PID as one segment of a key; a dot at its start would make it a segment that keys can't have. */
    private static Key key(String pid) {
        String segment = URLEncoder.encode(pid, StandardCharsets.UTF_8);
        return new Key(CONFIG.path() + "/" + (segment.startsWith(".") ? "%2E" + segment.substring(1) : segment));
    }

    private static String pid(Key key) {
        return URLDecoder.decode(key.path().substring(CONFIG.path().length() + 1), StandardCharsets.UTF_8);
    }

    @Override
    public boolean exists(String pid) {
        return meta.get(key(pid)).flatMap(MetaStorePersistenceManager::decode).isPresent();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Dictionary load(String pid) throws IOException {
        try {
            Optional<Entry> entry = meta.get(key(pid));
            return entry.flatMap(MetaStorePersistenceManager::decode)
                    .orElseThrow(() -> new IOException("There is no configuration " + pid + " that can be read."));
        } catch (StoreException e) {
            throw new IOException("The configuration " + pid + " can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Enumeration getDictionaries() throws IOException {
        try (Stream<Entry> entries = meta.scan(CONFIG)) {
            List<Dictionary<String, Object>> all =
                    entries.map(entry -> decode(entry).orElse(null)).filter(Objects::nonNull).toList();
            return Collections.enumeration(all);
        } catch (StoreException e) {
            throw new IOException("The configurations can't be read: " + e.getMessage(), e);
        }
    }

    private static Optional<Dictionary<String, Object>> decode(Entry entry) {
        try {
            return Optional.of(Values.decode(entry.value()));
        } catch (FormatException e) {
            LOG.error("The configuration {} is damaged and was passed over: {}. Set it again.", pid(entry.key()),
                    e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void store(String pid, Dictionary properties) throws IOException {
        try {
            meta.write(Transaction.of(new Mutation.Put(key(pid), Values.encode(properties))));
        } catch (StoreException | IllegalArgumentException e) {
            throw new IOException("The configuration " + pid + " can't be kept: " + e.getMessage(), e);
        }
    }

    @Override
    public void delete(String pid) throws IOException {
        try {
            meta.write(Transaction.of(new Mutation.Delete(key(pid))));
        } catch (StoreException e) {
            throw new IOException("The configuration " + pid + " can't be deleted: " + e.getMessage(), e);
        }
    }
}
