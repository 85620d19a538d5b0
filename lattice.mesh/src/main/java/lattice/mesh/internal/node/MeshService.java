package lattice.mesh.internal.node;

import java.io.IOException;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Meshes;
import lattice.kernel.membership.Presence;
import lattice.kernel.membership.Presences;
import lattice.kernel.membership.Role;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.NodeKey;
import lattice.kernel.node.NodeReady;
import lattice.kernel.replication.ReplicaLog;
import lattice.mesh.internal.discovery.LocalNetwork;
import lattice.mesh.internal.discovery.StaticSeeds;
import lattice.mesh.internal.join.Doorman;
import lattice.mesh.internal.join.Invites;
import lattice.mesh.internal.join.Token;
import lattice.mesh.internal.join.Visitor;
import lattice.mesh.internal.link.LinkPort;
import lattice.mesh.internal.link.TlsIdentity;
import lattice.mesh.internal.protocol.Contact;
import lattice.mesh.internal.protocol.Settings;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meshes that this node takes part in. A mesh of one, without open invitations, costs nothing: no port, no thread but
 * this component's. It starts when the node is ready, so that it keeps nobody waiting.
 */
@Component(service = {MeshService.class, Presences.class}, immediate = true, configurationPid = MeshConfig.PID)
public final class MeshService implements Presences {
    private static final Logger LOG = LoggerFactory.getLogger(MeshService.class);
    private static final Key PORT = new Key("/mesh/port");
    private static final String SEEDS = "/mesh/seeds/";
    private static final int WAIT_SECONDS = 60;
    private static final int MAX_NEARBY = 256;
    private static final int SEEDS_EVERY_SECONDS = 5;
    private static final int ADDRESSES_EVERY_SECONDS = 15;
    private static final Duration LEAVE_TAKING = Duration.ofSeconds(10);

    private final NodeKey key;
    private final MetaStore meta;
    private final Meshes meshes;
    private final MeshConfig config;
    private final Invites invites;
    private final Map<StoreId, Membership> memberships = new ConcurrentHashMap<>();
    private final Map<StoreId, AutoCloseable> listeners = new ConcurrentHashMap<>();
    private final Map<StoreId, ReplicaLog> logs = new ConcurrentHashMap<>();
    private final Map<StoreId, MeshNode> running = new ConcurrentHashMap<>();
    private final Map<StoreId, StoreId> placed = new HashMap<>();
    private final ScheduledThreadPoolExecutor worker;
    private final List<Runnable> presenceListeners = new CopyOnWriteArrayList<>();
    private final Map<NodeId, Contact> nearby = new LinkedHashMap<>();
    private LinkPort port;
    private LocalNetwork network;
    private StaticSeeds seeds;
    private List<String> addresses = List.of();

    @Activate
    public MeshService(@Reference NodeKey key, @Reference MetaStore meta, @Reference Meshes meshes,
            @Reference NodeReady ready, BundleContext context, Map<String, Object> configuration) {
        this.key = key;
        this.meta = meta;
        this.meshes = meshes;
        this.invites = new Invites(meta, Clock.systemUTC());
        this.worker = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "lattice-mesh");
            thread.setDaemon(true);
            return thread;
        });
        worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        try {
            this.config = MeshConfig.of(configuration, context::getProperty);
        } catch (IllegalArgumentException e) {
            // Declarative Services would keep it to itself.
            LOG.error("The mesh does not start: {}", e.getMessage());
            throw e;
        }
        reconcileSoon();
        worker.scheduleWithFixedDelay(this::lookWhereThisNodeIs, ADDRESSES_EVERY_SECONDS, ADDRESSES_EVERY_SECONDS, TimeUnit.SECONDS);
        if (!config.seeds().isEmpty()) {
            worker.scheduleWithFixedDelay(this::askSeeds, 1, SEEDS_EVERY_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindMembership(Membership membership) {
        memberships.put(membership.mesh(), membership);
        listeners.put(membership.mesh(), membership.onChange(this::reconcileSoon));
        reconcileSoon();
    }

    void unbindMembership(Membership membership) {
        memberships.remove(membership.mesh());
        closeQuietly(listeners.remove(membership.mesh()));
        reconcileSoon();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindLog(ReplicaLog log) {
        logs.put(log.store(), log);
        reconcileSoon();
    }

    void unbindLog(ReplicaLog log) {
        logs.remove(log.store());
        reconcileSoon();
    }

    private static void closeQuietly(AutoCloseable closeable) {
        if (closeable != null) {
            try {
                closeable.close();
            } catch (Exception e) {
                LOG.warn("Something of the mesh could not be closed: {}", e.getMessage());
            }
        }
    }

    @Deactivate
    void deactivate() {
        worker.execute(() -> {
            if (network != null) {
                network.close();
            }
            List.copyOf(running.keySet()).forEach(this::stop);
            if (port != null) {
                port.close();
            }
        });
        worker.shutdown();
        try {
            if (!worker.awaitTermination(15, TimeUnit.SECONDS)) {
                LOG.warn("The mesh did not stop in time.");
                worker.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // Running what should run

    private void reconcileSoon() {
        onThread(this::reconcileGuarded);
    }

    private void onThread(Runnable task) {
        try {
            worker.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("The mesh is stopping", e);
        }
    }

    private void reconcileGuarded() {
        try {
            reconcile();
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            LOG.error("The mesh is not as it should be: {}", e.getMessage(), e);
        }
    }

    private void reconcile() throws IOException, GeneralSecurityException {
        for (StoreId mesh : List.copyOf(running.keySet())) {
            if (!memberships.containsKey(mesh) || !isNeeded(memberships.get(mesh))) {
                stop(mesh);
            }
        }
        for (Membership membership : List.copyOf(memberships.values())) {
            if (!running.containsKey(membership.mesh()) && isNeeded(membership)) {
                openPort(true);
                MeshNode node = new MeshNode(membership, key.id(), addresses, inviters(membership.mesh()), port,
                        Settings.DEFAULT, this::presencesChanged);
                running.put(membership.mesh(), node);
                nearby.values().forEach(node::seed);
                LOG.info("Taking part in mesh {} at {}.", membership.mesh().shortId(), addresses);
            }
            announce(membership);
        }
        placeLogs();
    }

    /** Whether there is anybody to talk to, or may soon be. */
    private boolean isNeeded(Membership membership) {
        boolean own = membership.mesh().equals(meshes.own());
        return !own || membership.members().stream().filter(Member::present).count() > 1 || invites.count() > 0;
    }

    private void announce(Membership membership) {
        try {
            if (running.containsKey(membership.mesh()) && membership.isMember(key.id())) {
                membership.announce(addresses);
            }
        } catch (StoreException e) {
            LOG.warn("Mesh {} can't be told how this node is reached: {}", membership.mesh().shortId(), e.getMessage());
        }
    }

    private void placeLogs() {
        placed.entrySet().removeIf(each -> {
            boolean gone = !logs.containsKey(each.getKey()) || !running.containsKey(each.getValue());
            if (gone && running.containsKey(each.getValue())) {
                running.get(each.getValue()).remove(each.getKey());
            }
            return gone;
        });
        boolean again = false;
        for (ReplicaLog log : List.copyOf(logs.values())) {
            Optional<StoreId> mesh = meshes.meshOf(log.store());
            again |= mesh.isEmpty();
            if (mesh.isPresent() && running.containsKey(mesh.get()) && !placed.containsKey(log.store())) {
                running.get(mesh.get()).add(log);
                placed.put(log.store(), mesh.get());
            }
        }
        if (again) {
            worker.schedule(this::reconcileGuarded, 1, TimeUnit.SECONDS);
        }
    }

    private void stop(StoreId mesh) {
        MeshNode node = running.remove(mesh);
        if (node != null) {
            placed.values().removeIf(mesh::equals);
            node.close();
        }
    }

    private void openPort(boolean listen) throws IOException, GeneralSecurityException {
        if (port == null) {
            port = new LinkPort(new TlsIdentity(key), new Doorman(key.id(), invites,
                    mesh -> Optional.ofNullable(memberships.get(mesh))));
            seeds = new StaticSeeds(config.seeds(), key.id(), port);
        }
        if (listen && port.port().isEmpty()) {
            // What it got instead of the one that is configured, if it did so: others remember where this node is.
            String configured = config.port() + " ";
            int wanted = meta.get(PORT).map(Entry::text).filter(text -> text.startsWith(configured))
                    .map(text -> Integer.parseInt(text.substring(configured.length()))).orElse(config.port());
            int got;
            try {
                got = port.listen(config.host(), wanted);
            } catch (IOException e) {
                LOG.warn("Port {} for the mesh can't be had ({}); any other is taken.", wanted, e.getMessage());
                got = port.listen(config.host(), 0);
            }
            if (got != config.port()) {
                meta.write(Transaction.of(new Mutation.Put(PORT, configured + got)));
            }
            addresses = config.reachableAt(got);
            lookOnTheLocalNetwork(got);
        }
    }

    private void lookOnTheLocalNetwork(int listening) {
        if (config.mdns()) {
            if (network != null) {
                network.close();
            }
            network = new LocalNetwork(key.id(), listening, this::found);
        }
    }

    /** A computer that is carried about has other addresses elsewhere. */
    private void lookWhereThisNodeIs() {
        try {
            Optional<Integer> listening = port == null ? Optional.empty() : port.port();
            List<String> reachable = listening.isEmpty() ? addresses : config.reachableAt(listening.get());
            if (reachable.equals(addresses)) {
                return;
            }
            addresses = reachable;
            LOG.info("This node is at {} now.", addresses);
            running.values().forEach(node -> node.reachableAt(addresses));
            memberships.values().forEach(this::announce);
            lookOnTheLocalNetwork(listening.get());
        } catch (SocketException | RuntimeException e) {
            LOG.warn("Where this node is can't be said: {}", e.getMessage(), e);
        }
    }

    /** A node is on the same network: each mesh that it is a member of may use that. */
    private void found(Contact contact) {
        onThread(() -> {
            if (nearby.size() < MAX_NEARBY || nearby.containsKey(contact.node())) {
                nearby.put(contact.node(), contact);
            }
            running.values().forEach(node -> node.seed(contact));
        });
    }

    private void askSeeds() {
        if (port != null) {
            running.forEach((mesh, node) -> {
                if (!node.hasLinks()) {
                    seeds.ask(mesh, node::seed);
                }
            });
        }
    }

    private List<Contact> inviters(StoreId mesh) {
        List<Contact> inviters = new ArrayList<>();
        meta.get(new Key(SEEDS + mesh.hex())).ifPresent(entry -> {
            String[] words = entry.text().split(" ");
            inviters.add(new Contact(new NodeId(words[0]), Arrays.asList(words).subList(1, words.length)));
        });
        return inviters;
    }

    // What people ask for

    /** Runs something on the thread of the meshes, and waits for it. */
    private <T> T onWorker(Callable<T> task) throws Exception {
        Future<T> future = worker.submit(task);
        try {
            return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new IOException("The mesh did not answer within " + WAIT_SECONDS + " seconds.", e);
        }
    }

    /** All meshes, this node's own first. */
    public List<Membership> all() {
        List<Membership> all = new ArrayList<>();
        memberships.values().forEach(membership -> all.add(membership.mesh().equals(meshes.own()) ? 0 : all.size(),
                membership));
        return all;
    }

    public StoreId own() {
        return meshes.own();
    }

    public NodeId self() {
        return key.id();
    }

    /** A mesh as it runs, if it does. */
    public Optional<MeshNode> running(StoreId mesh) {
        return Optional.ofNullable(running.get(mesh));
    }

    @Override
    public Presence presence(StoreId mesh, NodeId node) {
        MeshNode there = running.get(mesh);
        return there != null ? there.presence(node) : node.equals(key.id()) ? Presence.UP : Presence.GONE;
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        presenceListeners.add(listener);
        return () -> presenceListeners.remove(listener);
    }

    private void presencesChanged() {
        for (Runnable listener : presenceListeners) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                LOG.warn("Somebody who wants to know who is there failed: {}", e.getMessage(), e);
            }
        }
    }

    /**
     * Opens an invitation, and the port at which it can be accepted.
     *
     * @throws IOException if this node can't be reached; the message says what to do
     */
    public Token invite(StoreId mesh, Role role, Duration life, List<String> given) throws Exception {
        return onWorker(() -> {
            openPort(true);
            List<String> reached = given.isEmpty() ? addresses : given;
            if (reached.isEmpty()) {
                throw new IOException("Nobody could accept it: this node only dials out, as its addresses are set to none. Name"
                        + " one at which it is reached after all with --address, or invite from another administrator.");
            }
            Token token = invites.open(mesh, key.id(), role, life, reached);
            reconcile();
            return token;
        });
    }

    /** Asks to be let in, and begins to follow the mesh if it is. */
    public void join(Token token, String name) throws Exception {
        onWorker(() -> {
            openPort(true);
            new Visitor(key.id(), port).ask(token, name.isEmpty() ? config.name() : name, addresses);
            meta.write(Transaction.of(new Mutation.Put(new Key(SEEDS + token.mesh().hex()),
                    token.inviter().hex() + " " + String.join(" ", token.addresses()))));
            meshes.join(token.mesh());
            return null;
        });
    }

    /**
     * Leaves a mesh: tells it so, waits until one of its nodes has said that it knows, and takes its stores out of service.
     *
     * @return whether one has; not if none did in ten seconds
     */
    public boolean leave(Membership membership) throws Exception {
        membership.leave();
        MeshNode node = running.get(membership.mesh());
        ReplicaLog root = logs.get(membership.mesh());
        boolean known = node != null && root != null && node.awaitHeldElsewhere(root, LEAVE_TAKING);
        forget(membership.mesh());
        return known;
    }

    /** Takes a mesh's stores out of service without a word, as its root store can't be opened. */
    public void forget(StoreId mesh) throws Exception {
        onWorker(() -> {
            stop(mesh);
            meta.write(Transaction.of(new Mutation.Delete(new Key(SEEDS + mesh.hex()))));
            meshes.forget(mesh);
            return null;
        });
    }

    /** Meshes that this node has joined and whose root store can't be opened now. */
    public Set<StoreId> unopened() {
        return meshes.unopened().keySet();
    }
}
