package lattice.registry.internal.declaration;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Version;
import lattice.kernel.node.MetaStore;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json.FormatException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what is declared for one mesh: by the mesh at {@code /services/{id}/config} of its root store, by the owner of
 * this node as {@link OwnersWord} says. The owner's declaration stands in for the mesh's.
 */
public final class Declarations {
    /** The longest declaration, in bytes. */
    public static final int MAX_BYTES = 64 * 1024;
    /** The most keys of a mesh that are looked at, the first ones: nobody may fill this node's memory by declaring. */
    static final int MAX_KEYS = 2_000;
    /** Where meshes declare. */
    public static final Prefix SERVICES = new Prefix("/services");

    private static final Logger LOG = LoggerFactory.getLogger(Declarations.class);

    private final StoreId mesh;
    private final MetaStore meta;
    private final NodeId self;
    private Map<Source, Parsed> parsed = new HashMap<>();
    private Map<Source, Parsed> parsedNow = new HashMap<>();
    private SortedMap<InstanceKey, Declared> lastRead = new TreeMap<>();
    private boolean unreadable;
    private boolean tooMany;

    private record Source(boolean local, Key place) {
    }

    private record Parsed(Version version, Optional<Declaration> declaration, Optional<String> problem) {
    }

    public Declarations(StoreId mesh, MetaStore meta, NodeId self) {
        this.mesh = mesh;
        this.meta = meta;
        this.self = self;
    }

    /** Where a mesh declares a service. */
    public static Key place(ServiceId service) {
        return new Key(SERVICES.path() + "/" + service + "/config");
    }

    /**
     * All that is declared. If the store can't be read, what was declared when it last could: what runs, runs on.
     *
     * @param root the mesh's root store
     */
    public synchronized SortedMap<InstanceKey, Declared> all(Store root) {
        try {
            lastRead = read(root);
            unreadable = false;
            parsed = parsedNow;
        } catch (StoreException e) {
            if (!unreadable) {
                unreadable = true;
                LOG.warn("The declarations of mesh {} can't be read, so what was declared before still counts: {}",
                        mesh.shortId(), e.getMessage());
            }
        }
        parsedNow = new HashMap<>();
        return new TreeMap<>(lastRead);
    }

    private SortedMap<InstanceKey, Declared> read(Store root) {
        SortedMap<InstanceKey, Declared> found = new TreeMap<>();
        Map<InstanceKey, Entry> overrides = overrides();
        try (var entries = root.scan(SERVICES)) {
            Iterator<Entry> each = entries.iterator();
            for (int i = 0; i < MAX_KEYS && each.hasNext(); i++) {
                Entry entry = each.next();
                key(entry.key()).ifPresent(key -> found.put(key, declared(key, entry.version().author().node(), false,
                        false, parse(false, entry), overrides)));
            }
            warnOfTooMany(each.hasNext());
        }
        try (var entries = meta.scan(OwnersWord.declarations(mesh))) {
            entries.forEach(entry -> lastSegment(entry.key()).ifPresent(key -> {
                Parsed reading = parse(true, entry);
                found.put(key, declared(key, self, true, found.containsKey(key), reading, overrides));
            }));
        }
        return found;
    }

    private void warnOfTooMany(boolean now) {
        if (now && !tooMany) {
            LOG.warn("Mesh {} has more than {} keys below {}; those after the first so many are left out.",
                    mesh.shortId(), MAX_KEYS, SERVICES);
        }
        tooMany = now;
    }

    private Map<InstanceKey, Entry> overrides() {
        Map<InstanceKey, Entry> found = new HashMap<>();
        try (var entries = meta.scan(OwnersWord.overrides(mesh))) {
            entries.forEach(entry -> lastSegment(entry.key()).ifPresent(key -> found.put(key, entry)));
        }
        return found;
    }

    private static Declared declared(InstanceKey key, NodeId author, boolean local, boolean overrides, Parsed reading,
            Map<InstanceKey, Entry> fields) {
        ConfigOverride override = ConfigOverride.NONE;
        Optional<String> problem = reading.problem();
        if (fields.containsKey(key)) {
            try {
                override = OwnersWord.read(fields.get(key).value());
            } catch (FormatException e) {
                problem = problem.or(() -> Optional.of("The owner's override " + e.getMessage()));
            }
        }
        return new Declared(key, author, local, overrides, inWords(reading.version()), reading.declaration(), problem,
                override);
    }

    private Parsed parse(boolean local, Entry entry) {
        Source source = new Source(local, entry.key());
        Parsed before = parsed.get(source);
        if (before != null && before.version().equals(entry.version())) {
            parsedNow.put(source, before);
            return before;
        }
        Parsed reading;
        try {
            if (entry.value().length > MAX_BYTES) {
                throw new FormatException("has " + entry.value().length + " bytes; the most is " + MAX_BYTES + ".");
            }
            reading = new Parsed(entry.version(), Optional.of(DeclarationFormat.read(entry.value())), Optional.empty());
        } catch (FormatException e) {
            reading = new Parsed(entry.version(), Optional.empty(), Optional.of("The declaration " + e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("The declaration at {} can't be read.", entry.key(), e);
            reading = new Parsed(entry.version(), Optional.empty(), Optional.of("The declaration can't be read: " + e));
        }
        parsedNow.put(source, reading);
        return reading;
    }

    private Optional<InstanceKey> lastSegment(Key key) {
        String[] segments = key.segments();
        return service(segments[segments.length - 1]).map(service -> new InstanceKey(mesh, service));
    }

    private Optional<InstanceKey> key(Key key) {
        String[] segments = key.segments();
        if (segments.length != 3 || !segments[2].equals("config")) {
            return Optional.empty();
        }
        return service(segments[1]).map(service -> new InstanceKey(mesh, service));
    }

    private static Optional<ServiceId> service(String name) {
        try {
            return Optional.of(new ServiceId(name));
        } catch (IllegalArgumentException e) {
            LOG.debug("A declaration under a name that is no service id means nothing: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** A write in words, such as {@code 2026-01-01T00:00:00Z/0@5438aaaf}. */
    public static String inWords(Version version) {
        return version.time().instant() + "/" + version.time().counter() + "@" + version.author().node().shortId();
    }
}
