package lattice.mesh.internal.protocol;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateProgress;

/**
 * One node's part in one mesh: which links it keeps, what it sends over them, and what it makes of what it receives. It
 * does no input or output and knows no time but its {@link Scheduler}'s; all calls are made on the scheduler's thread.
 */
public final class MeshProtocol {
    private final Settings settings;
    private final Scheduler scheduler;
    private final Random random;
    private final Members members;
    private final Findings findings;
    private final Spreading spreading;
    private final Liveness liveness;
    private final Membership membership;
    private final Map<StoreId, StoreExchange> stores = new LinkedHashMap<>();
    private boolean stopped;

    /**
     * @param incarnation greater than at every start of this node before, such as the wall clock's milliseconds
     * @param random what makes a run of its own; with a seed, one that can be repeated
     */
    public MeshProtocol(Contact self, long incarnation, Settings settings, Scheduler scheduler, Random random,
            Transport transport, Members members, Findings findings) {
        this.settings = settings;
        this.scheduler = scheduler;
        this.random = random;
        this.members = members;
        this.findings = findings;
        this.spreading = new Spreading(settings, scheduler);
        this.liveness = new Liveness(self.node(), incarnation, settings, scheduler, random, members, spreading);
        this.membership = new Membership(self, settings, scheduler, random, transport, new Membership.Overlay() {
            @Override
            public void neighbourUp(PeerLink link) {
                spreading.neighbourUp(link);
                liveness.neighbourUp(link);
                sendDigest(link);
            }

            @Override
            public void neighbourDown(PeerLink link) {
                spreading.neighbourDown(link);
                stores.values().forEach(store -> store.neighbourDown(link));
            }
        }, members::addressBook, liveness::gone, this::limitedStores);
    }

    private Map<StoreId, Set<NodeId>> limitedStores() {
        Map<StoreId, Set<NodeId>> limited = new TreeMap<>();
        stores.forEach((store, exchange) -> {
            if (!exchange.holders().isEmpty()) {
                limited.put(store, exchange.holders());
            }
        });
        return limited;
    }

    /** Starts looking for neighbours. */
    public void start(Collection<Contact> seeds) {
        membership.start(seeds);
        liveness.start();
        scheduler.after(random.nextLong(1 + settings.digestEvery()), this::digest);
    }

    /** A member turned out to be reachable there. */
    public void seed(Contact contact) {
        if (!stopped) {
            membership.seed(contact);
        }
    }

    /** This node is reached elsewhere from now on. */
    public void reachableAt(List<String> addresses) {
        membership.reachableAt(addresses);
    }

    /** Says good-bye to the neighbours; nothing is done afterwards. */
    public void stop() {
        stopped = true;
        liveness.stop();
        membership.stop();
    }

    /** Begins to replicate a store. */
    public void add(Replica replica) {
        StoreExchange exchange = new StoreExchange(replica, settings, scheduler, spreading, members, findings,
                new StoreExchange.Links() {
                    @Override
                    public boolean isUp(PeerLink link) {
                        return membership.isActive(link);
                    }

                    @Override
                    public void misbehaved(PeerLink link, String what) {
                        MeshProtocol.this.misbehaved(link, what);
                    }
                });
        stores.put(replica.store(), exchange);
        membership.active().forEach(this::sendDigest);
    }

    /** Ends replicating a store. */
    public void remove(StoreId store) {
        stores.remove(store);
    }

    /** Commits of this node, in sequence, are durable, and the last of them is signed. */
    public void committed(StoreId store, List<SignedCommit> run) {
        StoreExchange exchange = stores.get(store);
        if (exchange != null && !stopped) {
            exchange.committed(run);
        }
    }

    /** Members came, or were removed; those in {@code removed} are cut off at once, but who left by itself learns that it is known. */
    public void membersChanged(Collection<NodeId> removed) {
        membership.active().stream().filter(link -> removed.contains(link.peer()))
                .forEach(link -> stores.values().stream().filter(store -> store.isFor(link.peer()))
                        .forEach(store -> store.acknowledge(link)));
        removed.forEach(node -> membership.forget(node, "it is no longer a member"));
        stores.values().forEach(StoreExchange::membersChanged);
        membership.active().forEach(this::sendDigest);
    }

    public void linkUp(PeerLink link) {
        membership.linkUp(link);
    }

    public void linkDown(PeerLink link) {
        membership.linkDown(link);
    }

    public void dialFailed(NodeId peer) {
        membership.dialFailed(peer);
    }

    /** A peer sent what it must not have sent: its link is closed, and it is kept away for a while. */
    public void misbehaved(PeerLink link, String what) {
        findings.misbehaved(link.peer(), what);
        membership.misbehaved(link, what);
    }

    public void receive(PeerLink link, Message message) {
        if (stopped) {
            return;
        }
        if (message instanceof Message.Join || message instanceof Message.Neighbor
                || message instanceof Message.NeighborReply) {
            membership.receive(link, message);
        } else if (!membership.isActive(link)) {
            // Said to a neighbour that this node no longer is, or not yet.
            return;
        } else if (message instanceof Message.Push push) {
            exchange(link, push.store()).ifPresent(store -> store.pushed(link, push.commits()));
        } else if (message instanceof Message.Announce announce) {
            exchange(link, announce.store()).ifPresent(store -> store.announced(link, announce.heads()));
        } else if (message instanceof Message.Prune) {
            spreading.pruned(link);
        } else if (message instanceof Message.Digest digest) {
            for (Message.StoreSum sum : digest.stores()) {
                exchange(link, sum.store()).ifPresent(store -> store.compare(link, sum.sum()));
            }
        } else if (message instanceof Message.Buckets buckets) {
            exchange(link, buckets.store()).ifPresent(store -> store.compare(link, buckets.sums()));
        } else if (message instanceof Message.Vector vector) {
            exchange(link, vector.store()).ifPresent(store -> store.compare(link, vector));
        } else if (message instanceof Message.Want want) {
            exchange(link, want.store()).ifPresent(store -> store.wanted(link, want.from(), want.graft()));
        } else if (message instanceof Message.Chunk chunk) {
            exchange(link, chunk.store()).ifPresent(store -> store.received(link, chunk.commits(), chunk.more()));
        } else if (message instanceof Message.Offer offer) {
            exchange(link, offer.store()).ifPresent(store -> store.offered(link, offer.offer()));
        } else if (message instanceof Message.WantState want) {
            exchange(link, want.store()).ifPresent(store -> store.wantedState(link, want));
        } else if (message instanceof Message.StatePart part) {
            exchange(link, part.store()).ifPresent(store -> store.received(link, part));
        } else if (message instanceof Message.Heartbeats heartbeats) {
            liveness.received(link, heartbeats.beats());
        } else {
            membership.receive(link, message);
        }
    }

    /** A store that both ends of a link hold. */
    private Optional<StoreExchange> exchange(PeerLink link, StoreId store) {
        return Optional.ofNullable(stores.get(store)).filter(exchange -> exchange.isFor(link.peer()));
    }

    private void digest() {
        if (stopped) {
            return;
        }
        List<PeerLink> links = List.copyOf(membership.active());
        if (!links.isEmpty()) {
            sendDigest(links.get(random.nextInt(links.size())));
        }
        scheduler.after(settings.digestEvery() * 3 / 4 + random.nextLong(1 + settings.digestEvery() / 2), this::digest);
    }

    private void sendDigest(PeerLink link) {
        List<StoreExchange> shared = stores.values().stream().filter(store -> store.isFor(link.peer())).toList();
        if (!shared.isEmpty()) {
            link.send(new Message.Digest(shared.stream()
                    .map(store -> new Message.StoreSum(store.store(), store.heads().total())).toList()));
        }
    }

    // What is shown

    public Liveness liveness() {
        return liveness;
    }

    /** The links that are kept now. */
    public List<PeerLink> links() {
        return List.copyOf(membership.active());
    }

    /** Whether commits are pushed along a link, or only announced. */
    public boolean isEager(PeerLink link) {
        return spreading.isEager(link);
    }

    /** Contacts that could become links. */
    public List<Contact> passive() {
        return List.copyOf(membership.passive());
    }

    /** How many commits of a store are known to be held by others and not here. */
    public long behind(StoreId store) {
        StoreExchange exchange = stores.get(store);
        return exchange == null ? 0 : exchange.behind();
    }

    /**
     * How many commits a neighbour lacks of what this node holds of the stores that both hold, as of when that was compared last;
     * empty if nothing was compared yet.
     */
    public Optional<Long> lackedBy(PeerLink link) {
        return stores.values().stream().filter(store -> store.isFor(link.peer())).map(store -> store.lackedBy(link))
                .flatMap(Optional::stream).reduce(Long::sum);
    }

    /** Whether a neighbour is known to hold a commit that this node wrote since it began to replicate the store. */
    public boolean isHeldElsewhere(StoreId store, Author author, long sequence) {
        StoreExchange exchange = stores.get(store);
        return exchange != null && exchange.isHeldElsewhere(author, sequence);
    }

    /** How far the state of a store's checkpoint has come that is on its way here, if one is. */
    public Optional<StateProgress> arriving(StoreId store) {
        return Optional.ofNullable(stores.get(store)).flatMap(StoreExchange::arriving);
    }

    /** A hash over which commits of a store are held: equal where the same are held. */
    public Sum sum(StoreId store) {
        StoreExchange exchange = stores.get(store);
        return exchange == null ? Sum.ZERO : exchange.heads().total();
    }
}
