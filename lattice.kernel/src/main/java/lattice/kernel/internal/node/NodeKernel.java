package lattice.kernel.internal.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.StoreStatus;
import lattice.api.store.Transaction;
import lattice.kernel.internal.backup.Restore;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.identity.IdentityFile;
import lattice.kernel.internal.store.Authority;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.EngineSettings;
import lattice.kernel.internal.store.Resources;
import lattice.kernel.internal.store.StateMachines;
import lattice.kernel.internal.store.SystemTables;
import lattice.kernel.internal.validity.ForkProof;
import lattice.kernel.internal.view.View;
import lattice.kernel.membership.Membership;
import lattice.kernel.node.Verification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a node is without its services: identity, clock, meta store, root store and child stores, in a home.
 *
 * <p>The mesh of a new node is founded in two steps, so that a crash between them leaves nothing half done: the founding
 * commit is made and kept in the meta store; then the root store is made, which starts with it. The founding commit puts its
 * author under {@code /peers} and so makes it the first administrator; its hash is the id of the root store and the mesh.
 */
public final class NodeKernel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeKernel.class);

    private static final Key FOUNDING = new Key("/mesh/founding");
    private static final Prefix JOINED = new Prefix("/mesh/joined");
    private static final Key FOUNDED = new Key("/mesh/founded");
    private static final long CHECKPOINT_LOOK_SECONDS = 30;
    private static final long UNOPENED_LOOK_SECONDS = 15;
    private static final Duration SCRUB_EVERY = Duration.ofDays(1);
    private static final long SCRUB_LOOK_MINUTES = 30;
    private static final long SCRUB_BYTES_PER_SECOND = 8L * 1024 * 1024;

    static final Prefix STORES = SystemTables.STORES;

    private final Path home;
    private final EngineSettings.Limits limits;
    private final long started = System.nanoTime();
    private final FileLayer files;
    private final StateMachines machines;
    private final Resources resources;
    private final Identity identity;
    private final HybridClock clock;
    private final Engine meta;
    private final Engine root;
    private final ChildStores children;
    private final MadeStores made;
    private final Map<StoreId, String> unopenedMeshes = new ConcurrentHashMap<>();
    private boolean closed;
    private final StoreListener listener;
    private final CheckpointPolicy policy;
    private final Map<StoreId, Joined> joined = new ConcurrentHashMap<>();
    private final Map<StoreId, MeshCheckpoints> checkpointing = new ConcurrentHashMap<>();

    /** Told which stores there are; the root store first. */
    public interface StoreListener {
        void opened(Engine store);

        /** A root store, opened just before, has members. */
        default void founded(Engine root, Membership membership) {
        }

        void closing(Engine store);
    }

    /**
     * With the usual sizes and deadlines.
     *
     * @throws IOException if the node can't start; the message says why and what to do
     */
    public NodeKernel(Path home, WallClock wall, FileLayer files, StateMachines machines, StoreListener listener)
            throws IOException {
        this(home, wall, files, machines, listener, EngineSettings.Limits.DEFAULT, CheckpointPolicy.DEFAULT);
    }

    /**
     * @param policy when to make checkpoints
     * @throws IOException if the node can't start; the message says why and what to do
     */
    public NodeKernel(Path home, WallClock wall, FileLayer files, StateMachines machines, StoreListener listener,
            EngineSettings.Limits limits, CheckpointPolicy policy) throws IOException {
        this.policy = policy;
        this.home = home;
        this.limits = limits;
        this.files = files;
        this.machines = machines;
        this.listener = listener;
        this.made = new MadeStores(files, home);
        loadAhead();
        if (!Files.isDirectory(home)) {
            Files.createDirectories(home,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Restore.finish(files, home);
        createStores(home.resolve("stores"));
        identity = loadIdentity();
        HomeStamp stamp = new HomeStamp(files, home);
        if (stamp.isOfAnotherHome()) {
            newEpochs();
        }
        stamp.renew();
        clock = new HybridClock(wall);
        StartReport report = new StartReport(home);
        resources = new Resources(report);
        List<AutoCloseable> opened = new ArrayList<>(List.of(resources));
        try (report) {
            meta = openMeta();
            opened.add(0, meta);
            if (files.exists(home.resolve(Restore.RESTORED))) {
                new AfterRestore(meta).run();
                files.delete(home.resolve(Restore.RESTORED));
                files.syncDirectory(home);
            }
            root = openRoot();
            opened.add(0, root);
            open(root);
            children = childrenOf(root, "");
            openJoined();
            resources.timer().scheduleWithFixedDelay(() -> resources.pool().execute(
                    () -> checkpointing.values().forEach(MeshCheckpoints::makeDue)), CHECKPOINT_LOOK_SECONDS,
                    CHECKPOINT_LOOK_SECONDS, TimeUnit.SECONDS);
            resources.timer().scheduleWithFixedDelay(() -> resources.pool().execute(this::openUnopened), UNOPENED_LOOK_SECONDS,
                    UNOPENED_LOOK_SECONDS, TimeUnit.SECONDS);
            resources.timer().scheduleWithFixedDelay(() -> resources.pool().execute(this::scrub), SCRUB_LOOK_MINUTES,
                    SCRUB_LOOK_MINUTES, TimeUnit.MINUTES);
        } catch (IOException | RuntimeException | Error e) {
            for (AutoCloseable resource : opened) {
                closeQuietly(resource, e);
            }
            throw e;
        }
    }

    /** The stores' views are opened only after the node's key was read: until then there is a processor to spare. */
    private static void loadAhead() {
        Thread loading = new Thread(View::load, "lattice-load-ahead");
        loading.setDaemon(true);
        loading.start();
    }

    private void open(Engine ofRoot) {
        listener.opened(ofRoot);
        MeshCheckpoints checkpoints = new MeshCheckpoints(identity, ofRoot, () -> childrenOf(ofRoot), policy);
        checkpointing.put(ofRoot.id(), checkpoints);
        listener.founded(ofRoot, new MeshMembership(identity.id(), ofRoot, () -> storesOf(ofRoot), names -> childStoresOf(ofRoot)
                .map(stores -> stores.headsOfOnceOpen(names)).orElse(Map.of()),
                new MeshStores(identity.id(), ofRoot, () -> childrenOf(ofRoot), () -> problemsOf(ofRoot)), checkpoints));
    }

    /** The stores of a home may be on another disk, to which a link leads. */
    private static void createStores(Path stores) throws IOException {
        if (Files.isSymbolicLink(stores) && !Files.exists(stores)) {
            throw new IOException("The stores of this node are missing: " + stores + " leads to " + Files.readSymbolicLink(stores)
                    + ", which is not there. Mount the disk that it is on.");
        }
        Files.createDirectories(stores);
    }

    /** With a new key it would be another node, without the mesh, the services and the consents of the one whose stores are here. */
    private Identity loadIdentity() throws IOException {
        Path key = home.resolve("identity.key");
        if (!files.exists(key) && (made.areAny() || !files.list(home.resolve("stores")).isEmpty())) {
            throw new IOException("The node's key " + key + " is missing, and its stores are here. Put it back, or restore the node"
                    + " from a backup into another home; or move the whole home away to start as a new node.");
        }
        return new IdentityFile(key).loadOrCreate();
    }

    /** A home that was copied, and runs in two places, would number different commits alike. */
    private void newEpochs() throws IOException {
        for (String store : files.list(home.resolve("stores"))) {
            Engine.forgetEpoch(files, home.resolve("stores").resolve(store));
        }
        LOG.warn("The home {} was copied or moved here. If the node also runs where it was before, stop one of the two: they"
                + " share a key.", home);
    }

    /** Reads all that is on disk and was not for long, slowly, so that damage is found before it is needed. */
    private void scrub() {
        for (Engine store : allStores()) {
            if (!store.isVerificationDue(SCRUB_EVERY)) {
                continue;
            }
            try {
                Verification found = store.verify(SCRUB_BYTES_PER_SECOND);
                found.damages().forEach(damage -> LOG.error("Store {} {}: {} at byte {}: {}", store.name(),
                        damage.repaired() ? "was damaged and is repaired" : "is damaged", damage.file(), damage.offset(),
                        damage.what()));
                store.compactIfDue();
            } catch (IOException | StoreException e) {
                LOG.warn("Store {} could not be read through: {}", store.name(), e.getMessage());
            }
        }
    }

    private static void closeQuietly(AutoCloseable resource, Throwable because) {
        try {
            resource.close();
        } catch (Exception e) {
            because.addSuppressed(e);
        }
    }

    private EngineSettings settings(Hash id, String name, boolean isRoot, Authority authority, StateMachines reachable) {
        return new EngineSettings(id, name, isRoot, home.resolve("stores"), authority, identity, clock, files, reachable,
                resources, limits);
    }

    private static Hash derived(String... parts) {
        return Hash.of(String.join("\0", parts).getBytes(StandardCharsets.UTF_8));
    }

    private Engine openMeta() throws IOException {
        Hash id = derived("lattice meta store", identity.id().hex());
        EngineSettings settings = settings(id, "meta", false, new Authority.Only(identity.id()), StateMachines.NONE);
        return made.open(settings);
    }

    private Engine openRoot() throws IOException {
        Optional<Entry> kept = meta.get(FOUNDING);
        byte[] founding = kept.isPresent() ? kept.get().value() : found();
        Commit commit;
        try {
            commit = CommitCodec.decode(founding);
        } catch (FormatException e) {
            throw new IOException("The founding commit in the meta store can't be read: " + e.getMessage()
                    + ". Restore the node from a backup.", e);
        }
        EngineSettings settings = settings(CommitCodec.hash(founding), "root", true,
                new Authority.Root(), machines);
        if (Engine.exists(settings)) {
            return Engine.open(settings);
        }
        if (meta.get(FOUNDED).isPresent()) {
            throw new IOException("The root store " + settings.stores().resolve(settings.id().hex())
                    + " is missing: put it back, or restore the node from a backup.");
        }
        Engine engine = Engine.create(settings, founding);
        meta.writeAsNode(Transaction.of(new Mutation.Put(FOUNDED, "")));
        LOG.info("Founded mesh {} as node {}.", engine.id(), identity.id());
        return engine;
    }

    /** Makes and keeps a founding commit. */
    private byte[] found() {
        Author author = new Author(identity.id(), new SecureRandom().nextLong());
        Write founder = new Write(("/peers/" + identity.id().hex()).getBytes(StandardCharsets.UTF_8),
                "{\"v\":1,\"role\":\"founder\"}".getBytes(StandardCharsets.UTF_8), null);
        byte[] commit = CommitCodec.encode(new Commit(Hash.NONE, author, 1, clock.next(), Hash.NONE,
                List.of(new TransactionSection(Optional.empty(), Optional.empty(), Optional.empty(), List.of(founder)))));
        meta.writeAsNode(Transaction.of(new Mutation.Put(FOUNDING, commit)));
        return commit;
    }

    private static Hash childId(Engine root, String name) {
        return derived("lattice child store", root.id().hex(), name);
    }

    private EngineSettings childSettings(Engine ofRoot, String prefix, String name) {
        return settings(childId(ofRoot, name), prefix + name, false, new Authority.Members(ofRoot::control), machines);
    }

    /** Tells the mesh that an author has made two histories. */
    private static void spread(Engine ofRoot, ForkProof proof) {
        byte[] bytes = proof.encode();
        if (bytes.length > Mutation.MAX_VALUE_BYTES) {
            LOG.error("The proof that node {} has made two histories has {} bytes, too many for a value: revoke the node.",
                    proof.author().node().shortId(), bytes.length);
            return;
        }
        try {
            if (ofRoot.control().forkedFrom(proof.store(), proof.author()).filter(from -> from <= proof.sequence()).isEmpty()) {
                ofRoot.writeAsNode(Transaction.of(new Mutation.Put(new Key(proof.key()), bytes)));
            }
        } catch (StoreException e) {
            LOG.warn("The mesh can't be told that node {} has made two histories: {}", proof.author().node().shortId(),
                    e.getMessage());
        }
    }

    private ChildStores childrenOf(Engine ofRoot, String prefix) {
        ChildStores.Opener opener = new ChildStores.Opener() {
            @Override
            public Engine open(String name) throws IOException {
                Engine child = made.open(childSettings(ofRoot, prefix, name));
                child.onFork(proof -> spread(ofRoot, proof));
                return child;
            }

            @Override
            public boolean isThere(String name) {
                return Engine.exists(childSettings(ofRoot, prefix, name));
            }
        };
        ChildStores stores = new ChildStores(identity.id(), ofRoot, resources.timer(), resources.pool(), listener, opener);
        ofRoot.onFork(proof -> spread(ofRoot, proof));
        ofRoot.onControlChange(() -> stores.open().values().forEach(Engine::controlChanged));
        return stores;
    }

    // Other nodes' meshes

    /** The root store of another node's mesh, and its child stores. */
    private record Joined(Engine root, ChildStores children) {
    }

    /** What the root store of another node's mesh is called here. */
    private static String nameOf(StoreId mesh) {
        return "mesh-" + mesh.shortId();
    }

    private void openJoined() {
        List<StoreId> meshes;
        try (Stream<Entry> entries = meta.scan(JOINED, null)) {
            meshes = entries.map(entry -> new StoreId(entry.key().segments()[2])).toList();
        }
        for (StoreId mesh : meshes) {
            try {
                openJoined(mesh);
            } catch (IOException | RuntimeException e) {
                LOG.error("The root store of mesh {} can't be opened: {}", mesh.shortId(), e.getMessage(), e);
                unopenedMeshes.put(mesh, e.getMessage());
            }
        }
    }

    /** Looks again for root stores that could not be opened: a disk may have been mounted since. */
    synchronized void openUnopened() {
        for (StoreId mesh : closed ? Set.<StoreId>of() : unopenedMeshes.keySet()) {
            try {
                openJoined(mesh);
                LOG.info("The root store of mesh {} could be opened after all.", mesh.shortId());
            } catch (IOException | RuntimeException e) {
                LOG.debug("The root store of mesh {} can't be opened yet", mesh.shortId(), e);
                unopenedMeshes.put(mesh, e.getMessage());
            }
        }
    }

    private void openJoined(StoreId mesh) throws IOException {
        EngineSettings settings = settings(Hash.fromHex(mesh.hex()), nameOf(mesh), true, new Authority.Root(), machines);
        Engine engine = made.open(settings);
        open(engine);
        joined.put(mesh, new Joined(engine, childrenOf(engine, nameOf(mesh) + ".")));
        unopenedMeshes.remove(mesh);
    }

    /** Why root stores of other nodes' meshes are not open, by mesh. */
    public Map<StoreId, String> unopenedMeshes() {
        return Map.copyOf(unopenedMeshes);
    }

    /** Makes, or does nothing if it is there, the root store of another node's mesh. */
    public synchronized void join(StoreId mesh) throws IOException {
        if (!mesh.equals(root.id()) && !joined.containsKey(mesh)) {
            meta.writeAsNode(Transaction.of(new Mutation.Put(joinedKey(mesh), "")));
            openJoined(mesh);
        }
    }

    /** Closes the root store of another node's mesh for good; its files stay, for who wants them back. */
    public synchronized void forget(StoreId mesh) {
        if (unopenedMeshes.remove(mesh) != null) {
            meta.writeAsNode(Transaction.of(new Mutation.Delete(joinedKey(mesh))));
            made.forget(Hash.fromHex(mesh.hex()));
        }
        Joined gone = joined.remove(mesh);
        if (gone != null) {
            meta.writeAsNode(Transaction.of(new Mutation.Delete(joinedKey(mesh))));
            List<Hash> stores = new ArrayList<>(List.of(Hash.fromHex(mesh.hex())));
            try (Stream<Entry> declared = gone.root.scan(STORES, null)) {
                declared.filter(entry -> entry.key().segments().length == 2)
                        .forEach(entry -> stores.add(childId(gone.root, entry.key().segments()[1])));
            }
            close(gone);
            // Whoever removes them now, and joins again one day, lacks nothing.
            stores.forEach(made::forget);
        }
    }

    private void close(Joined mesh) {
        checkpointing.remove(mesh.root.id());
        mesh.children.close();
        listener.closing(mesh.root);
        mesh.root.close();
    }

    private static Key joinedKey(StoreId mesh) {
        return new Key(JOINED.path() + "/" + mesh.hex());
    }

    /** The root stores of other nodes' meshes. */
    public List<Engine> joinedRoots() {
        return joined.values().stream().map(Joined::root).toList();
    }

    /** The child stores of the mesh that a root store is of; empty while that is being opened. */
    private Optional<ChildStores> childStoresOf(Engine ofRoot) {
        return ofRoot == root ? Optional.ofNullable(children) : Optional.ofNullable(joined.get(ofRoot.id())).map(Joined::children);
    }

    /** The open child stores of the mesh that a root store is of, by name. */
    private Map<String, Engine> childrenOf(Engine ofRoot) {
        return childStoresOf(ofRoot).map(ChildStores::open).orElse(Map.of());
    }

    /** Why child stores of the mesh that a root store is of are not open, by name. */
    private Map<String, String> problemsOf(Engine ofRoot) {
        return childStoresOf(ofRoot).map(ChildStores::problems).orElse(Map.of());
    }

    /** All open stores of the mesh that a root store is of. */
    public List<Engine> storesOf(Engine ofRoot) {
        List<Engine> stores = new ArrayList<>(List.of(ofRoot));
        stores.addAll(childrenOf(ofRoot).values());
        return stores;
    }

    /** Every store that is open: the meta store, then root stores with their child stores. */
    public List<Engine> allStores() {
        List<Engine> all = new ArrayList<>(List.of(meta));
        all.addAll(storesOf(root));
        joinedRoots().forEach(mesh -> all.addAll(storesOf(mesh)));
        return all;
    }

    public Identity identity() {
        return identity;
    }

    public Path home() {
        return home;
    }

    public NodeId id() {
        return identity.id();
    }

    public long uptimeMillis() {
        return (System.nanoTime() - started) / 1_000_000;
    }

    public HybridClock clock() {
        return clock;
    }

    public Engine meta() {
        return meta;
    }

    public Engine root() {
        return root;
    }

    /** Which stores are not open, though they should be, and why; a sentence each. Waits for what is being opened. */
    public List<String> missingStores() {
        List<String> missing = new ArrayList<>();
        unopenedMeshes.forEach((mesh, why) -> missing.add("Mesh " + mesh.shortId() + " with its stores: " + why));
        missing.addAll(children.settledProblems().values());
        joined.values().forEach(mesh -> missing.addAll(mesh.children.settledProblems().values()));
        return missing;
    }

    /** The child stores that are open, by name. */
    public Map<String, Engine> children() {
        return new TreeMap<>(children.open());
    }

    /** Why child stores that are declared are not open, by name. */
    public Map<String, String> unopened() {
        return new TreeMap<>(children.problems());
    }

    /** How the stores are that this node is to hold and that are not open, of all meshes. */
    public List<StoreStatus> statusOfUnopened() {
        List<StoreStatus> all = new ArrayList<>();
        unopened().forEach((name, problem) -> all.add(unopened(new StoreId(childId(root, name).hex()), name, problem)));
        unopenedMeshes.forEach((mesh, why) -> all.add(unopened(mesh, nameOf(mesh),
                "The root store of mesh " + mesh.shortId() + " can't be opened: " + why
                        + " It is looked for again every few seconds. `lattice:leave --mesh " + mesh.shortId()
                        + "` does without.")));
        for (Engine mesh : joinedRoots()) {
            problemsOf(mesh).forEach((name, problem) -> all.add(
                    unopened(new StoreId(childId(mesh, name).hex()), mesh.name() + "." + name, problem)));
        }
        return all;
    }

    private static StoreStatus unopened(StoreId id, String name, String problem) {
        return new StoreStatus(id, name, false, Optional.of(problem), new LogPosition("", 0), 0, 0, 0);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        checkpointing.clear();
        joined.values().forEach(this::close);
        children.close();
        listener.closing(root);
        root.close();
        meta.close();
        resources.close();
    }
}
