package lattice.registry.internal.status;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import lattice.registry.internal.declaration.Tags;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.SynchronousConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tags of this node: field {@code tags} of the configuration {@value #PID}. None if they can't be read. */
@Component(service = { NodeTags.class, SynchronousConfigurationListener.class })
public final class NodeTags implements SynchronousConfigurationListener {
    /** The PID. */
    public static final String PID = "lattice.node";

    private static final String FIELD = "tags";
    private static final Logger LOG = LoggerFactory.getLogger(NodeTags.class);

    private final ConfigurationAdmin configurations;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile SortedSet<String> tags = Collections.emptySortedSet();

    @Activate
    public NodeTags(@Reference ConfigurationAdmin configurations) {
        this.configurations = configurations;
        this.tags = read(false);
    }

    /** Ends calls to a listener. */
    public interface Listening extends AutoCloseable {
        @Override
        void close();
    }

    public SortedSet<String> get() {
        return tags;
    }

    /** Calls {@code listener} after every change until the handle is closed. */
    public Listening onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    public void set(Set<String> newTags) throws IOException {
        Configuration configuration = configurations.getConfiguration(PID, "?");
        Dictionary<String, Object> properties = configuration.getProperties();
        Dictionary<String, Object> changed = properties == null ? new Hashtable<>() : properties;
        changed.put(FIELD, new TreeSet<>(newTags).toArray(String[]::new));
        configuration.update(changed);
    }

    @Override
    public void configurationEvent(ConfigurationEvent event) {
        if (PID.equals(event.getPid())) {
            tags = read(event.getType() == ConfigurationEvent.CM_DELETED);
            listeners.forEach(Runnable::run);
        }
    }

    private SortedSet<String> read(boolean deleted) {
        SortedSet<String> found = new TreeSet<>();
        try {
            Configuration[] listed = configurations.listConfigurations("(service.pid=" + PID + ")");
            if (listed != null && !deleted) {
                Object value = listed[0].getProperties().get(FIELD);
                List<?> list = value instanceof Object[] array ? Arrays.asList(array)
                        : value instanceof Collection<?> collection ? List.copyOf(collection)
                                : value == null ? List.of() : List.of(value);
                for (Object each : list) {
                    if (each instanceof String tag && Tags.isTag(tag)) {
                        found.add(tag);
                    } else {
                        LOG.warn("The configuration {} has a tag that is none, so it is left out. {}", PID,
                                Tags.rule(String.valueOf(each)));
                    }
                }
            }
        } catch (IOException | InvalidSyntaxException | RuntimeException e) {
            LOG.error("The tags of this node can't be read, so it has none.", e);
            return Collections.emptySortedSet();
        }
        return Collections.unmodifiableSortedSet(found);
    }
}
