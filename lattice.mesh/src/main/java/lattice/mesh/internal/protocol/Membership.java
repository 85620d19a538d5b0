package lattice.mesh.internal.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;

/**
 * Which few peers a node keeps links with, so that all of a mesh hangs together though nobody knows all of it: the
 * partial views of Leitao, Pereira and Rodrigues, "HyParView", DSN 2007. Ours differs in five things. A shuffle is
 * answered along its own path, as its origin may be behind NAT. Of two links between one pair that are opened at once,
 * both ends keep that which the smaller id dialled; later, the new one, as who dials again has lost the old one. And as the
 * views of two halves that were parted for long no longer know each other, members that seem to be gone are dialled again,
 * now and then. Who was taken in keeps its link for a while, though others ask as urgently: a newcomer knows nobody else before
 * it has fetched who is a member, and a crowd of them would push each other out for ever. Links that {@link StoreLinks} wants
 * are kept beside the active view, and are not evicted.
 */
final class Membership {
    /** What goes on above the links. */
    interface Overlay {
        void neighbourUp(PeerLink link);

        void neighbourDown(PeerLink link);
    }

    /** Stands in for a link: a dial that has not succeeded yet, or a request that is not answered. */
    private record Attempt(long since, boolean urgent, boolean join) {
    }

    private record Walk(PeerLink from, long since) {
    }

    private static final int MAX_WALKS = 256;
    private static final int MAX_PENDING = 64;
    private static final int MAX_PENDING_OF_PEER = 4;
    private static final int MAX_SEEDS = 64;
    private static final int DIALS_AT_ONCE = 2;
    /** How many links there may be beyond the active view while those in it are too new to be evicted. */
    private static final int MAX_BEYOND_VIEW = 32;

    private final Settings settings;
    private final Scheduler scheduler;
    private final Random random;
    private final Transport transport;
    private final Overlay overlay;
    private final Supplier<List<Contact>> addressBook;
    private final Supplier<List<Contact>> seemGone;
    private final Supplier<Map<StoreId, Set<NodeId>>> limitedStores;
    private final StoreLinks storeLinks;

    private final Map<NodeId, PeerLink> active = new LinkedHashMap<>();
    private final Map<PeerLink, Long> adopted = new LinkedHashMap<>();
    private final Map<NodeId, Contact> known = new LinkedHashMap<>();
    private final Map<NodeId, Contact> passive = new LinkedHashMap<>();
    private final Map<NodeId, Attempt> attempts = new LinkedHashMap<>();
    private final Map<PeerLink, Long> pending = new LinkedHashMap<>();
    private final Map<Long, Walk> walks = new LinkedHashMap<>();
    private final Map<NodeId, Long> quarantine = new LinkedHashMap<>();
    private Contact self;
    private Set<NodeId> wanted = Set.of();
    /** Who was wanted and could not be dialled; tried again now and then. */
    private final Set<NodeId> unreachable = new LinkedHashSet<>();
    private final List<Contact> seeds = new ArrayList<>();
    private boolean everJoined;
    private boolean stopped;

    /** @param limitedStores the holders of stores that this node holds and not all members do, by store */
    Membership(Contact self, Settings settings, Scheduler scheduler, Random random, Transport transport, Overlay overlay,
            Supplier<List<Contact>> addressBook, Supplier<List<Contact>> seemGone,
            Supplier<Map<StoreId, Set<NodeId>>> limitedStores) {
        this.self = self;
        this.settings = settings;
        this.scheduler = scheduler;
        this.random = random;
        this.transport = transport;
        this.overlay = overlay;
        this.addressBook = addressBook;
        this.seemGone = seemGone;
        this.limitedStores = limitedStores;
        this.storeLinks = new StoreLinks(self.node(), random);
    }

    void start(Collection<Contact> firstSeeds) {
        seeds.addAll(firstSeeds);
        maintain();
        repeat(settings.maintainEvery(), this::maintain);
        repeat(settings.shuffleEvery(), this::shuffle);
        repeat(settings.bridgeEvery(), this::bridge);
    }

    /** This node is reached elsewhere from now on: neighbours hear it with the next shuffles. */
    void reachableAt(List<String> addresses) {
        self = new Contact(self.node(), addresses);
    }

    /** Somebody turned out to be reachable there, whatever was known before. */
    void seed(Contact contact) {
        seeds.removeIf(seed -> seed.node().equals(contact.node()));
        if (seeds.size() < MAX_SEEDS) {
            seeds.add(contact);
        }
        remember(contact);
    }

    void stop() {
        stopped = true;
        for (PeerLink link : List.copyOf(active.values())) {
            link.send(new Message.Disconnect());
            link.close("this node is stopping");
        }
        active.clear();
        adopted.clear();
    }

    Collection<PeerLink> active() {
        return Collections.unmodifiableCollection(active.values());
    }

    Collection<Contact> passive() {
        return Collections.unmodifiableCollection(passive.values());
    }

    boolean isActive(PeerLink link) {
        return active.get(link.peer()) == link;
    }

    private void repeat(long every, Runnable action) {
        long jitter = every / 4;
        scheduler.after(every - jitter / 2 + (jitter > 0 ? random.nextLong(jitter) : 0), () -> {
            if (!stopped) {
                action.run();
                repeat(every, action);
            }
        });
    }

    // Links

    void linkUp(PeerLink link) {
        if (stopped || isQuarantined(link.peer())) {
            link.close("not now");
            return;
        }
        if (link.dialled()) {
            Attempt attempt = attempts.get(link.peer());
            if (attempt == null) {
                link.close("no longer needed");
                return;
            }
            attempts.put(link.peer(), new Attempt(scheduler.now(), attempt.urgent(), attempt.join()));
            pending.put(link, scheduler.now());
            link.send(attempt.join() ? new Message.Join(self) : new Message.Neighbor(self, attempt.urgent()));
        } else if (pending.size() >= MAX_PENDING
                || pending.keySet().stream().filter(other -> other.peer().equals(link.peer())).count() >= MAX_PENDING_OF_PEER) {
            link.close("too many links are being opened at once");
        } else {
            pending.put(link, scheduler.now());
        }
    }

    void linkDown(PeerLink link) {
        if (pending.remove(link) != null && link.dialled()) {
            attempts.remove(link.peer());
        }
        if (isActive(link)) {
            drop(link);
            if (!stopped) {
                scheduler.after(0, this::maintain);
            }
        }
    }

    void dialFailed(NodeId peer) {
        attempts.remove(peer);
        passive.remove(peer);
        if (wanted.contains(peer)) {
            unreachable.add(peer);
        }
        if (active.isEmpty() && !stopped) {
            scheduler.after(settings.maintainEvery() / 4, this::maintain);
        }
    }

    /** Closes the link and keeps the peer away for a while. */
    void misbehaved(PeerLink link, String what) {
        quarantine.put(link.peer(), scheduler.now() + settings.quarantine());
        forget(link.peer(), what);
    }

    /** Closes every link with a node that is no longer a member. */
    void forget(NodeId node, String why) {
        passive.remove(node);
        attempts.remove(node);
        for (PeerLink link : List.copyOf(pending.keySet())) {
            if (link.peer().equals(node)) {
                pending.remove(link);
                link.close(why);
            }
        }
        PeerLink link = active.get(node);
        if (link != null) {
            drop(link);
            link.close(why);
        }
    }

    private boolean isQuarantined(NodeId node) {
        Long until = quarantine.get(node);
        return until != null && until > scheduler.now();
    }

    // Messages

    void receive(PeerLink link, Message message) {
        if (message instanceof Message.Join join) {
            joined(link, named(link, join.contact()));
        } else if (message instanceof Message.Neighbor neighbor) {
            asked(link, named(link, neighbor.contact()), neighbor.urgent());
        } else if (message instanceof Message.NeighborReply reply) {
            answered(link, reply.accepted());
        } else if (!isActive(link)) {
            return;
        } else if (message instanceof Message.ForwardJoin forward) {
            forwarded(link, forward.contact(), forward.timeToLive());
        } else if (message instanceof Message.Disconnect) {
            Contact contact = contactOf(link.peer());
            drop(link);
            link.close("the peer has no room");
            remember(contact);
            maintain();
        } else if (message instanceof Message.Shuffle shuffle) {
            shuffled(link, shuffle);
        } else if (message instanceof Message.ShuffleReply reply) {
            shuffleAnswered(reply);
        }
    }

    /** A contact that a peer gives of itself is about itself, whatever it says. */
    private static Contact named(PeerLink link, Contact contact) {
        return new Contact(link.peer(), contact.addresses());
    }

    private void joined(PeerLink link, Contact contact) {
        known.put(contact.node(), contact);
        List<PeerLink> others = List.copyOf(active.values());
        if (!adopt(link, true)) {
            return;
        }
        for (PeerLink other : others) {
            if (isActive(other) && other != link) {
                other.send(new Message.ForwardJoin(contact, settings.joinWalk()));
            }
        }
    }

    private void asked(PeerLink link, Contact contact, boolean urgent) {
        known.put(contact.node(), contact);
        if (urgent || hasRoom() || active.containsKey(link.peer()) || wanted.contains(link.peer())) {
            adopt(link, true);
        } else {
            pending.remove(link);
            link.send(new Message.NeighborReply(false));
            remember(contact);
            known.remove(contact.node());
        }
    }

    private void answered(PeerLink link, boolean accepted) {
        if (pending.remove(link) == null) {
            return;
        }
        attempts.remove(link.peer());
        if (accepted) {
            everJoined = true;
            adopt(link, false);
        } else {
            link.close("the peer has no room");
        }
    }

    private void forwarded(PeerLink from, Contact newcomer, int steps) {
        int timeToLive = Math.min(steps, settings.joinWalk());
        if (newcomer.node().equals(self.node())) {
            return;
        }
        if (timeToLive == 0 || active.size() <= 1) {
            if (!active.containsKey(newcomer.node())) {
                dial(newcomer, true, false);
            }
            return;
        }
        if (timeToLive == settings.passiveWalk()) {
            remember(newcomer);
        }
        PeerLink next = randomActive(from.peer(), newcomer.node());
        if (next == null) {
            dial(newcomer, true, false);
        } else {
            next.send(new Message.ForwardJoin(newcomer, timeToLive - 1));
        }
    }

    private void shuffled(PeerLink from, Message.Shuffle shuffle) {
        int steps = Math.min(shuffle.timeToLive(), settings.passiveWalk());
        PeerLink next = steps > 1 && active.size() > 1 ? randomActive(from.peer(), null) : null;
        if (next != null && walks.size() < MAX_WALKS) {
            walks.put(shuffle.id(), new Walk(from, scheduler.now()));
            next.send(new Message.Shuffle(shuffle.id(), steps - 1, shuffle.contacts()));
            return;
        }
        from.send(new Message.ShuffleReply(shuffle.id(), sample(new ArrayList<>(passive.values()),
                shuffle.contacts().size())));
        shuffle.contacts().forEach(this::remember);
    }

    private void shuffleAnswered(Message.ShuffleReply reply) {
        Walk walk = walks.remove(reply.id());
        if (walk == null) {
            reply.contacts().forEach(this::remember);
        } else if (isActive(walk.from())) {
            walk.from().send(reply);
        }
    }

    // Now and then

    private void shuffle() {
        PeerLink target = randomActive(null, null);
        if (target == null) {
            return;
        }
        List<Contact> contacts = new ArrayList<>();
        contacts.add(self);
        contacts.addAll(sample(active.keySet().stream().filter(node -> !node.equals(target.peer()))
                .map(this::contactOf).toList(), settings.shuffleActive()));
        contacts.addAll(sample(new ArrayList<>(passive.values()), settings.shufflePassive()));
        target.send(new Message.Shuffle(random.nextLong(), settings.passiveWalk(), contacts));
    }

    private void maintain() {
        long now = scheduler.now();
        long late = now - settings.answerWithin();
        walks.values().removeIf(walk -> walk.since() < late);
        quarantine.values().removeIf(until -> until <= now);
        // A dial that hangs may still succeed, and then serves the next attempt.
        attempts.entrySet().removeIf(attempt -> {
            boolean over = attempt.getValue().since() < late;
            if (over && wanted.contains(attempt.getKey())) {
                unreachable.add(attempt.getKey());
            }
            return over;
        });
        for (Iterator<Map.Entry<PeerLink, Long>> each = pending.entrySet().iterator(); each.hasNext();) {
            Map.Entry<PeerLink, Long> waiting = each.next();
            if (waiting.getValue() < late) {
                each.remove();
                attempts.remove(waiting.getKey().peer());
                waiting.getKey().close("no answer");
            }
        }
        known.keySet().removeIf(node -> !active.containsKey(node) && !attempts.containsKey(node));
        linkForStores();
        while (inActiveView() > settings.activeView() && evict()) {
            // One less.
        }
        int room = settings.activeView() - inActiveView() - attempts.size();
        for (int i = Math.min(DIALS_AT_ONCE - attempts.size(), room); i > 0; i--) {
            Contact candidate = candidate();
            if (candidate == null) {
                return;
            }
            dial(candidate, active.isEmpty(), !everJoined);
        }
    }

    /** Dials who is wanted for the sake of a store and not linked yet. */
    private void linkForStores() {
        Map<StoreId, Set<NodeId>> limited = limitedStores.get();
        Map<NodeId, Contact> holders = holders(limited.values());
        unreachable.retainAll(holders.keySet());
        unreachable.removeAll(active.keySet());
        wanted = storeLinks.wanted(limited, node -> active.containsKey(node)
                || holders.containsKey(node) && !unreachable.contains(node) && !isQuarantined(node));
        wanted.stream().map(holders::get).filter(Objects::nonNull).forEach(contact -> dial(contact, true, false));
    }

    /** How holders of these stores can be dialled; without those of which that is not known. */
    private Map<NodeId, Contact> holders(Collection<Set<NodeId>> ofStores) {
        Map<NodeId, Contact> holders = new HashMap<>();
        if (!ofStores.isEmpty()) {
            addressBook.get().stream().filter(contact -> contact.canBeDialled()
                    && ofStores.stream().anyMatch(nodes -> nodes.contains(contact.node())))
                    .forEach(contact -> holders.put(contact.node(), contact));
        }
        return holders;
    }

    private int inActiveView() {
        return (int) active.keySet().stream().filter(node -> !wanted.contains(node)).count();
    }

    private boolean hasRoom() {
        return inActiveView() < settings.activeView();
    }

    private Contact candidate() {
        List<Contact> candidates = passive.values().stream().filter(this::isFree).toList();
        if (candidates.isEmpty()) {
            candidates = addressBook.get().stream().filter(this::isFree).toList();
        }
        if (candidates.isEmpty() || active.isEmpty() && random.nextInt(4) == 0) {
            List<Contact> fallBack = seeds.stream().filter(this::isFree).toList();
            candidates = fallBack.isEmpty() ? candidates : fallBack;
        }
        return candidates.isEmpty() ? null : candidates.get(random.nextInt(candidates.size()));
    }

    private boolean isFree(Contact contact) {
        return contact.canBeDialled() && !contact.node().equals(self.node()) && !active.containsKey(contact.node())
                && !attempts.containsKey(contact.node()) && !isQuarantined(contact.node());
    }

    private void bridge() {
        List<Contact> gone = seemGone.get().stream().filter(this::isFree).toList();
        if (!gone.isEmpty()) {
            dial(gone.get(random.nextInt(gone.size())), true, false);
        }
        if (!unreachable.isEmpty()) {
            NodeId tried = List.copyOf(unreachable).get(random.nextInt(unreachable.size()));
            addressBook.get().stream().filter(contact -> contact.node().equals(tried)).findFirst()
                    .ifPresent(contact -> dial(contact, true, false));
        }
    }

    private void dial(Contact contact, boolean urgent, boolean join) {
        if (!stopped && isFree(contact) && attempts.size() < MAX_PENDING) {
            known.put(contact.node(), contact);
            attempts.put(contact.node(), new Attempt(scheduler.now(), urgent, join));
            transport.dial(contact);
        }
    }

    // Views

    /** Makes a link one of the active view's; the peer is told first, as it heeds nothing else before. */
    private boolean adopt(PeerLink link, boolean tellPeer) {
        pending.remove(link);
        PeerLink current = active.get(link.peer());
        if (current == link) {
            return true;
        }
        if (current != null) {
            if (!isPreferred(link, current)) {
                link.close("there is another link");
                return false;
            }
            active.put(link.peer(), link);
            adopted.remove(current);
            overlay.neighbourDown(current);
            current.close("there is another link");
        } else {
            if (!wanted.contains(link.peer()) && !makeRoom()) {
                link.send(tellPeer ? new Message.NeighborReply(false) : new Message.Disconnect());
                link.close("there is no room");
                return false;
            }
            active.put(link.peer(), link);
        }
        adopted.put(link, scheduler.now());
        passive.remove(link.peer());
        if (tellPeer) {
            link.send(new Message.NeighborReply(true));
        }
        overlay.neighbourUp(link);
        return true;
    }

    private boolean isPreferred(PeerLink link, PeerLink current) {
        return scheduler.now() - adopted.get(current) > settings.answerWithin() || link.dialled() == current.dialled()
                || link.dialled() == self.node().compareTo(link.peer()) < 0;
    }

    /** Evicts for one more if it must; while who is there is too new for that there is room for some more. */
    private boolean makeRoom() {
        return hasRoom() || evict() || inActiveView() < settings.activeView() + MAX_BEYOND_VIEW;
    }

    /** Evicts one of those that are not new, but for the last of them: newcomers alone hold nobody to the rest of the mesh. */
    private boolean evict() {
        long before = scheduler.now() - settings.answerWithin();
        List<PeerLink> candidates = active.values().stream()
                .filter(link -> !wanted.contains(link.peer()) && adopted.get(link) <= before).toList();
        if (candidates.size() < 2) {
            return false;
        }
        PeerLink victim = candidates.get(random.nextInt(candidates.size()));
        Contact contact = contactOf(victim.peer());
        drop(victim);
        victim.send(new Message.Disconnect());
        victim.close("there is no room");
        remember(contact);
        return true;
    }

    private void drop(PeerLink link) {
        active.remove(link.peer());
        adopted.remove(link);
        if (!attempts.containsKey(link.peer())) {
            known.remove(link.peer());
        }
        overlay.neighbourDown(link);
    }

    private Contact contactOf(NodeId node) {
        return known.getOrDefault(node, new Contact(node, List.of()));
    }

    private void remember(Contact contact) {
        if (!contact.canBeDialled() || contact.node().equals(self.node()) || active.containsKey(contact.node())) {
            return;
        }
        passive.remove(contact.node());
        while (passive.size() >= settings.passiveView()) {
            passive.remove(List.copyOf(passive.keySet()).get(random.nextInt(passive.size())));
        }
        passive.put(contact.node(), contact);
    }

    private PeerLink randomActive(NodeId not, NodeId norThis) {
        List<PeerLink> candidates = active.values().stream()
                .filter(link -> !link.peer().equals(not) && !link.peer().equals(norThis)).toList();
        return candidates.isEmpty() ? null : candidates.get(random.nextInt(candidates.size()));
    }

    private <T> List<T> sample(List<T> from, int count) {
        List<T> shuffled = new ArrayList<>(from);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, Math.min(count, shuffled.size()));
    }
}
