package lattice.mesh.internal.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Presence;
import lattice.kernel.replication.ChainHead;
import lattice.kernel.replication.ReplicaLog;
import lattice.kernel.replication.StateProgress;
import lattice.mesh.internal.link.LinkPort;
import lattice.mesh.internal.link.LinkPort.Link;
import lattice.mesh.internal.link.Loop;
import lattice.mesh.internal.protocol.Contact;
import lattice.mesh.internal.protocol.Findings;
import lattice.mesh.internal.protocol.Members;
import lattice.mesh.internal.protocol.MeshProtocol;
import lattice.mesh.internal.protocol.Message;
import lattice.mesh.internal.protocol.PeerLink;
import lattice.mesh.internal.protocol.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node in one mesh: the protocol with a real clock, real links and real stores. */
public final class MeshNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MeshNode.class);
    private static final long SHOWN_EVERY = 60_000;
    private static final long LOOKED_EVERY = 1_000;
    private static final long HELD_LOOKED_EVERY = 20;
    /** What is larger may take a while, for which the port's threads have no time. */
    private static final int PROMPT_BYTES = 16 * 1024;

    private final StoreId mesh;
    private final NodeId self;
    private final Membership membership;
    private final LinkPort port;
    private final Runnable presencesChanged;
    private final Loop loop;
    private final MeshProtocol protocol;
    private final Map<PeerLink, Link> links = new LinkedHashMap<>();
    private final Map<StoreId, LogReplica> replicas = new HashMap<>();
    private final Map<StoreId, AutoCloseable> listeners = new HashMap<>();
    private final Map<String, Long> shown = new HashMap<>();
    private final Set<NodeId> trusted = ConcurrentHashMap.newKeySet();
    private final AutoCloseable membershipListener;
    private volatile Set<NodeId> present;
    private volatile List<Contact> book = List.of();
    private volatile boolean linked;
    private volatile Map<NodeId, Presence> presences = Map.of();

    /**
     * A link as it is shown.
     *
     * @param peer who
     * @param dialled whether this node opened it
     * @param eager whether commits are pushed along it rather than announced
     * @param address where the peer is
     * @param since milliseconds since 1970
     * @param behind how many commits the peer lacked when it was last compared with this node, if it was
     * @param sent bytes
     * @param received bytes
     */
    public record LinkView(NodeId peer, boolean dialled, boolean eager, String address, long since, Optional<Long> behind,
            long sent, long received) {
    }

    /**
     * A member as it is shown.
     *
     * @param presence what this node thinks of it
     * @param silence milliseconds since it was heard of, if it was
     */
    public record Seen(Presence presence, Optional<Long> silence) {
    }

    /**
     * @param links to neighbours
     * @param presences of members other than this node
     * @param behind by store, how many commits others are known to have that this node lacks
     * @param arriving by store, how much of the state of a checkpoint is here, where one is on its way
     */
    public record View(List<LinkView> links, Map<NodeId, Seen> presences, Map<StoreId, Long> behind,
            Map<StoreId, StateProgress> arriving) {
        /** How many commits this node lacks in all stores together. */
        public long commitsBehind() {
            return behind.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * @param addresses how this node can be reached; none if it only dials out
     * @param seeds whom to dial first: static ones, and the inviter right after joining
     * @param presencesChanged called after {@link #presence} changed of somebody, on a thread of the mesh
     */
    public MeshNode(Membership membership, NodeId self, List<String> addresses, List<Contact> seeds, LinkPort port,
            Settings settings, Runnable presencesChanged) {
        this.mesh = membership.mesh();
        this.self = self;
        this.membership = membership;
        this.presencesChanged = presencesChanged;
        this.port = port;
        this.loop = new Loop("lattice-mesh-" + mesh.shortId());
        this.present = presentMembers();
        // Who the members are is not known before the first of them has told.
        seeds.forEach(seed -> trusted.add(seed.node()));
        trustWhomTheMeshTrusts();
        this.book = addressBook();
        this.protocol = new MeshProtocol(new Contact(self, addresses), System.currentTimeMillis(), settings, loop,
                new Random(), this::dial, new Members() {
                    @Override
                    public boolean knows(NodeId node) {
                        return membership.wasEverMember(node) || membership.founder().isEmpty();
                    }

                    @Override
                    public Optional<NodeId> asKnown(NodeId node) {
                        return membership.member(node).map(Member::node);
                    }

                    @Override
                    public int count() {
                        return Math.max(1, present.size());
                    }

                    @Override
                    public List<Contact> addressBook() {
                        return book;
                    }
                }, new Reporter());
        port.open(mesh, new Arrivals());
        membershipListener = membership.onChange(() -> loop.run(this::membersChanged));
        loop.run(() -> {
            protocol.start(seeds);
            lookWhoIsThere();
        });
    }

    public StoreId mesh() {
        return mesh;
    }

    /** This node is reached elsewhere from now on. */
    public void reachableAt(List<String> addresses) {
        loop.run(() -> protocol.reachableAt(addresses));
    }

    /** A node turned out to be reachable there; of use only if it is a member. */
    public void seed(Contact contact) {
        loop.run(() -> {
            if (!contact.node().equals(self) && welcomes(contact.node())) {
                protocol.seed(contact);
            }
        });
    }

    /** Begins to replicate a store of the mesh. */
    public void add(ReplicaLog log) {
        loop.run(() -> {
            if (replicas.containsKey(log.store())) {
                return;
            }
            LogReplica replica = new LogReplica(log, loop);
            replicas.put(log.store(), replica);
            listeners.put(log.store(), log.onOwnCommits(run -> loop.runPromptly(() -> protocol.committed(log.store(), run))));
            protocol.add(replica);
        });
    }

    /** Ends replicating a store. */
    public void remove(StoreId store) {
        loop.run(() -> {
            protocol.remove(store);
            release(store);
        });
    }

    private void release(StoreId store) {
        closeQuietly(listeners.remove(store));
        LogReplica replica = replicas.remove(store);
        if (replica != null) {
            replica.close();
        }
    }

    private static void closeQuietly(AutoCloseable listener) {
        if (listener != null) {
            try {
                listener.close();
            } catch (Exception e) {
                LOG.warn("A listener of the mesh could not be taken back: {}", e.getMessage());
            }
        }
    }

    private Set<NodeId> presentMembers() {
        Set<NodeId> now = new HashSet<>();
        membership.members().stream().filter(Member::present).map(Member::node).forEach(now::add);
        return now;
    }

    private List<Contact> addressBook() {
        return membership.members().stream()
                .filter(member -> member.present() && !member.node().equals(self) && !member.addresses().isEmpty())
                .map(member -> new Contact(member.node(), member.addresses())).toList();
    }

    private void membersChanged() {
        Set<NodeId> before = present;
        present = presentMembers();
        book = addressBook();
        Set<NodeId> removed = new HashSet<>(before);
        removed.removeAll(present);
        trustWhomTheMeshTrusts();
        List<PeerLink> unwelcome = links.keySet().stream().filter(link -> !welcomes(link.peer())).toList();
        unwelcome.forEach(link -> removed.add(link.peer()));
        protocol.membersChanged(removed);
        unwelcome.forEach(link -> link.close("it is no longer a member"));
    }

    /**
     * From when on the mesh's own word counts, and not whom this node was told to trust when it joined. What is said of its inviter
     * may come late, after much else, and nobody but the inviter may be there who can send it.
     */
    private void trustWhomTheMeshTrusts() {
        if (membership.wasEverMember(self)) {
            trusted.clear();
        }
        trusted.removeIf(membership::wasEverMember);
    }

    private boolean welcomes(NodeId peer) {
        return membership.isMember(peer) || trusted.contains(peer);
    }

    private void dial(Contact contact) {
        dial(contact, 0);
    }

    private void dial(Contact contact, int attempt) {
        if (attempt >= contact.addresses().size() || !welcomes(contact.node())) {
            loop.run(() -> protocol.dialFailed(contact.node()));
            return;
        }
        String address = contact.addresses().get(attempt);
        int colon = address.lastIndexOf(':');
        try {
            String host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
            port.dial(mesh, contact.node(), host, Integer.parseInt(address.substring(colon + 1)),
                    () -> loop.run(() -> dial(contact, attempt + 1)));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            LOG.debug("Node {} gives {} as an address, which is none", contact.node(), address, e);
            dial(contact, attempt + 1);
        }
    }

    /** Links come and go on threads of the port; the protocol hears of it on its own. */
    private final class Arrivals implements LinkPort.Guest {
        @Override
        public boolean welcomes(NodeId peer) {
            return MeshNode.this.welcomes(peer);
        }

        @Override
        public void linkUp(Link link) {
            loop.run(() -> {
                links.put(link.peerLink(), link);
                protocol.linkUp(link.peerLink());
            });
        }

        @Override
        public void linkDown(Link link) {
            loop.run(() -> {
                links.remove(link.peerLink());
                protocol.linkDown(link.peerLink());
            });
        }

        @Override
        public void received(Link link, Message message, int bytes) {
            Runnable action = () -> {
                try {
                    protocol.receive(link.peerLink(), message);
                } finally {
                    link.dealtWith(bytes);
                }
            };
            if (bytes <= PROMPT_BYTES) {
                loop.runPromptly(action);
            } else {
                loop.run(action);
            }
        }

        @Override
        public void malformed(Link link, String what) {
            loop.run(() -> protocol.misbehaved(link.peerLink(), "sent what is no message: " + what));
        }
    }

    private final class Reporter implements Findings {
        @Override
        public void misbehaved(NodeId peer, String what) {
            show("Node " + peer.shortId() + " " + what + " It is kept away for a minute.");
        }

        @Override
        public void unknownAuthor(StoreId store, NodeId author, NodeId from) {
            show("Commits of node " + author.shortId() + ", which is no member of mesh " + mesh.shortId()
                    + ", came by way of " + from.shortId() + "; they wait for it to be let in, or are dropped.");
        }

        @Override
        public void postponed(StoreId store, NodeId author, String why) {
            show("In store " + store.shortId() + " node " + author.shortId() + " " + why + ".");
        }

        @Override
        public void forked(StoreId store, NodeId author, long sequence) {
            show("Node " + author.shortId() + " has made two different commits of number " + sequence + " in store "
                    + store.shortId() + ": it was copied, or it cheats.");
        }

        /** An honest peer that has much to say does so too, which is no reason to disturb anybody. */
        @Override
        public void flooded(StoreId store, NodeId peer) {
            String what = "Node " + peer.shortId() + " sends faster than store " + store.shortId()
                    + " takes it; what there is no room for waits there.";
            if (isNews(what)) {
                LOG.info("{}", what);
            }
        }

        private void show(String what) {
            if (isNews(what)) {
                LOG.warn("{}", what);
            }
        }

        private boolean isNews(String what) {
            long now = loop.now();
            shown.values().removeIf(time -> now - time > SHOWN_EVERY);
            return shown.size() < 1_000 && shown.putIfAbsent(what, now) == null;
        }
    }

    /** How things are, for showing. */
    public View view() throws InterruptedException {
        CompletableFuture<View> answer = new CompletableFuture<>();
        loop.run(() -> answer.complete(look()));
        try {
            return answer.get(5, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("Mesh " + mesh.shortId() + " is too busy to answer; try again.", e);
        }
    }

    private View look() {
        List<LinkView> shownLinks = new ArrayList<>();
        for (PeerLink peerLink : protocol.links()) {
            Link link = links.get(peerLink);
            if (link != null) {
                shownLinks.add(new LinkView(peerLink.peer(), peerLink.dialled(), protocol.isEager(peerLink),
                        link.address(), link.since(), protocol.lackedBy(peerLink), link.sent(), link.received()));
            }
        }
        shownLinks.sort(Comparator.comparing(LinkView::peer));
        Map<NodeId, Seen> seen = new HashMap<>();
        presencesNow().forEach((node, presence) -> seen.put(node,
                new Seen(presence, protocol.liveness().silence(node))));
        Map<StoreId, Long> behind = new HashMap<>();
        Map<StoreId, StateProgress> arriving = new HashMap<>();
        for (StoreId store : replicas.keySet()) {
            behind.put(store, protocol.behind(store));
            protocol.arriving(store).ifPresent(progress -> arriving.put(store, progress));
        }
        return new View(shownLinks, seen, behind, arriving);
    }

    /** What this node thinks of every other member; who has a link with it is there. */
    private Map<NodeId, Presence> presencesNow() {
        Map<NodeId, Presence> now = new HashMap<>();
        for (NodeId node : present) {
            if (!node.equals(self)) {
                now.put(node, protocol.liveness().presence(node));
            }
        }
        protocol.links().forEach(link -> now.replace(link.peer(), Presence.UP));
        return now;
    }

    private void lookWhoIsThere() {
        linked = !protocol.links().isEmpty();
        Map<NodeId, Presence> now = presencesNow();
        boolean changed = !now.equals(presences);
        presences = now;
        if (changed) {
            presencesChanged.run();
        }
        loop.after(LOOKED_EVERY, this::lookWhoIsThere);
    }

    /** Whether there was a link about a second ago; from any thread. */
    public boolean hasLinks() {
        return linked;
    }

    /**
     * Waits until a neighbour is known to hold what this node wrote last, which it has done since the log was added.
     *
     * @return whether one does; not if none has said so in that time
     */
    public boolean awaitHeldElsewhere(ReplicaLog log, Duration patience) throws InterruptedException {
        Optional<Map.Entry<Author, ChainHead>> last = log.heads().entrySet().stream()
                .filter(each -> each.getKey().node().equals(self)).max(Comparator.comparingLong(each -> each.getKey().epoch()));
        if (last.isEmpty()) {
            return false;
        }
        CompletableFuture<Void> held = new CompletableFuture<>();
        loop.run(() -> lookWhetherHeld(log.store(), last.get().getKey(), last.get().getValue().sequence(), held));
        try {
            held.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            held.cancel(false);
        }
    }

    private void lookWhetherHeld(StoreId store, Author author, long sequence, CompletableFuture<Void> held) {
        if (protocol.isHeldElsewhere(store, author, sequence)) {
            held.complete(null);
        } else if (!held.isDone()) {
            loop.after(HELD_LOOKED_EVERY, () -> lookWhetherHeld(store, author, sequence, held));
        }
    }

    /** What this node thinks of another, as of about a second ago; from any thread. */
    public Presence presence(NodeId node) {
        return node.equals(self) ? Presence.UP : presences.getOrDefault(node, Presence.GONE);
    }

    /** The nodes that there are links with. */
    public Collection<NodeId> neighbours() throws InterruptedException {
        return view().links().stream().map(LinkView::peer).toList();
    }

    @Override
    public void close() {
        port.close(mesh);
        closeQuietly(membershipListener);
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        loop.run(() -> {
            protocol.stop();
            List.copyOf(links.keySet()).forEach(link -> link.close("this node is stopping"));
            List.copyOf(replicas.keySet()).forEach(this::release);
            stopped.complete(null);
        });
        try {
            stopped.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Mesh {} did not stop in time.", mesh.shortId());
        }
        loop.close();
    }
}
