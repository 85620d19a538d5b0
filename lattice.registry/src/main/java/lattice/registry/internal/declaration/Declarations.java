package lattice.registry.internal.declaration;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Version;
import lattice.kernel.node.MetaStore;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json.FormatException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what is declared: by meshes at {@code /services/{id}/config} of their stores, by the owner of this node at
 * {@code /registry/local/{mesh}/{id}} of the meta store. The owner's declaration stands in for the mesh's.
 */
public final class Declarations {
    /** The longest declaration, in bytes. */
    public static final int MAX_BYTES = 64 * 1024;
    /** Where meshes declare. */
    public static final Prefix SERVICES = new Prefix("/services");

    private static final Logger LOG = LoggerFactory.getLogger(Declarations.class);
    private static final Key LOCAL = new Key("/registry/local");

    private final MetaStore meta;
    private final NodeId self;
    private Map<Source, Parsed> parsed = new HashMap<>();
    private Map<Source, Parsed> parsedNow = new HashMap<>();
    private final Map<StoreId, SortedMap<InstanceKey, Declared>> lastRead = new HashMap<>();
    private final Set<StoreId> unreadable = new HashSet<>();

    private record Source(StoreId mesh, Key place) {
    }

    private record Parsed(Version version, Optional<Declaration> declaration, Optional<String> problem) {
    }

    public Declarations(MetaStore meta, NodeId self) {
        this.meta = meta;
        this.self = self;
    }

    /** Where a mesh declares a service. */
    public static Key place(ServiceId service) {
        return new Key(SERVICES.path() + "/" + service + "/config");
    }

    /**
     * All that is declared. A store that can't be read counts as it was when it last could: what runs, runs on.
     */
    public synchronized SortedMap<InstanceKey, Declared> all(Collection<Store> meshes) {
        SortedMap<InstanceKey, Declared> all = new TreeMap<>();
        for (Store mesh : meshes) {
            try {
                SortedMap<InstanceKey, Declared> found = read(mesh);
                lastRead.put(mesh.id(), found);
                unreadable.remove(mesh.id());
            } catch (StoreException e) {
                if (unreadable.add(mesh.id())) {
                    LOG.warn("The declarations of mesh {} can't be read, so what was declared before still counts: {}",
                            mesh.id().shortId(), e.getMessage());
                }
            }
            all.putAll(lastRead.getOrDefault(mesh.id(), new TreeMap<>()));
        }
        parsed = parsedNow;
        parsedNow = new HashMap<>();
        return all;
    }

    /** Declares for this node alone. */
    public void putLocal(InstanceKey key, byte[] declaration) {
        meta.write(Transaction.of(new Mutation.Put(localPlace(key), declaration)));
    }

    /** Takes back what was declared for this node alone. */
    public void removeLocal(InstanceKey key) {
        meta.write(Transaction.of(new Mutation.Delete(localPlace(key))));
    }

    public boolean hasLocal(InstanceKey key) {
        return meta.get(localPlace(key)).isPresent();
    }

    private SortedMap<InstanceKey, Declared> read(Store mesh) {
        SortedMap<InstanceKey, Declared> found = new TreeMap<>();
        try (var entries = mesh.scan(SERVICES)) {
            entries.forEach(entry -> key(mesh.id(), entry.key()).ifPresent(key -> {
                Parsed reading = parse(mesh.id(), entry);
                found.put(key, new Declared(key, entry.version().author().node(), false, false,
                        inWords(entry.version()), reading.declaration(), reading.problem()));
            }));
        }
        try (var entries = meta.scan(Prefix.of(LOCAL.child(mesh.id().hex())))) {
            entries.forEach(entry -> {
                String[] segments = entry.key().segments();
                service(segments[segments.length - 1]).ifPresent(service -> {
                    InstanceKey key = new InstanceKey(mesh.id(), service);
                    Parsed reading = parse(mesh.id(), entry);
                    found.put(key, new Declared(key, self, true, found.containsKey(key), inWords(entry.version()),
                            reading.declaration(), reading.problem()));
                });
            });
        }
        return found;
    }

    private Parsed parse(StoreId mesh, Entry entry) {
        Source source = new Source(mesh, entry.key());
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

    private static Optional<InstanceKey> key(StoreId mesh, Key key) {
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

    private static Key localPlace(InstanceKey key) {
        return LOCAL.child(key.mesh() + "/" + key.service());
    }

    private static String inWords(Version version) {
        return version.time().instant() + "/" + version.time().counter() + "@" + version.author().node().shortId();
    }
}
