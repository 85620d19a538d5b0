package lattice.mesh.internal.protocol;

import java.util.AbstractMap.SimpleEntry;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.kernel.membership.Presence;

/**
 * Who seems to be there. Each node counts heartbeats, which spread by gossip (van Renesse, Minsky and Hayden, "A
 * Gossip-Style Failure Detection Service", 1998); how suspicious a silence is follows from the silences before it
 * (Hayashibara et al., "The phi Accrual Failure Detector", SRDS 2004). The larger the mesh, the rarer the heartbeats, so
 * that a node's cost stays the same. It decides nothing that must be true, only what is shown and preferred.
 */
public final class Liveness {
    private static final double SUSPECTED_PHI = 3;
    private static final double GONE_PHI = 8;
    private static final int BEATS_AT_ONCE = 64;
    private static final int MAX_TRACKED = 65_536;
    /** Counts begin with the time of a node's start: what is higher than that can be by so much is made up. */
    private static final long AHEAD_MILLIS = TimeUnit.DAYS.toMillis(1);
    /** How many members are looked at when one that is gone is sought. */
    private static final int LOOKED_AT = 32;
    /** Weight of a new silence in the running mean and variance. */
    private static final double WEIGHT = 0.2;

    private final NodeId self;
    private final Settings settings;
    private final Scheduler scheduler;
    private final Random random;
    private final IntSupplier meshSize;
    private final Supplier<List<Contact>> addressBook;
    private final Function<NodeId, Optional<NodeId>> asKnown;
    private final Spreading spreading;
    private final Tracks tracks = new Tracks();
    private final Map<NodeId, PeerLink> fresh = new LinkedHashMap<>();
    private final long started;
    private final long incarnation;
    private long count;
    private boolean stopped;

    Liveness(NodeId self, long incarnation, Settings settings, Scheduler scheduler, Random random, Members members,
            Spreading spreading) {
        this.self = self;
        this.settings = settings;
        this.scheduler = scheduler;
        this.random = random;
        this.meshSize = members::count;
        this.addressBook = members::addressBook;
        this.asKnown = members::asKnown;
        this.spreading = spreading;
        this.started = scheduler.now();
        this.incarnation = incarnation;
        this.count = incarnation;
    }

    void start() {
        scheduler.after(random.nextLong(1 + period()), this::beat);
        scheduler.after(random.nextLong(1 + settings.gossipEvery()), this::gossip);
    }

    void stop() {
        stopped = true;
    }

    private long period() {
        return settings.heartbeatEvery() + settings.heartbeatPerMember() * meshSize.getAsInt();
    }

    private void beat() {
        if (!stopped) {
            count++;
            fresh.remove(self);
            fresh.put(self, null);
            scheduler.after(period(), this::beat);
        }
    }

    private void gossip() {
        if (stopped) {
            return;
        }
        if (!fresh.isEmpty() && !spreading.eager().isEmpty()) {
            List<Map.Entry<NodeId, PeerLink>> sent = fresh.entrySet().stream().limit(BEATS_AT_ONCE)
                    .map(each -> (Map.Entry<NodeId, PeerLink>) new SimpleEntry<>(each)).toList();
            for (PeerLink link : spreading.eager()) {
                List<Message.Beat> beats = sent.stream().filter(each -> each.getValue() != link)
                        .map(each -> beatOf(each.getKey())).toList();
                if (!beats.isEmpty()) {
                    link.send(new Message.Heartbeats(beats));
                }
            }
            sent.forEach(each -> fresh.remove(each.getKey()));
        }
        scheduler.after(settings.gossipEvery(), this::gossip);
    }

    private Message.Beat beatOf(NodeId node) {
        return new Message.Beat(node, node.equals(self) ? count : tracks.count(tracks.find(node)));
    }

    /** A new neighbour is told of this node and of some others, and hears the rest in time. */
    void neighbourUp(PeerLink link) {
        Set<NodeId> told = new LinkedHashSet<>();
        told.add(self);
        for (int i = 0; i < BEATS_AT_ONCE && tracks.size() > 0; i++) {
            told.add(tracks.node(tracks.any(random)));
        }
        link.send(new Message.Heartbeats(told.stream().map(this::beatOf).toList()));
    }

    void received(PeerLink from, List<Message.Beat> beats) {
        long now = scheduler.now();
        for (Message.Beat beat : beats) {
            if (beat.count() > incarnation + now - started + AHEAD_MILLIS) {
                continue;
            }
            if (beat.node().equals(self)) {
                // Somebody made up beats of this node, which hide its own; as with SWIM's incarnations it goes on above them.
                count = Math.max(count, beat.count());
                continue;
            }
            int slot = tracks.find(beat.node());
            if (slot == Tracks.NONE) {
                Optional<NodeId> known = asKnown.apply(beat.node()).filter(node -> !node.equals(self));
                if (known.isEmpty() || tracks.size() >= MAX_TRACKED) {
                    continue;
                }
                slot = tracks.add(known.get());
                tracks.rhythm(slot, period(), (double) period() * period() / 16);
            } else if (beat.count() <= tracks.count(slot)) {
                continue;
            } else {
                double difference = now - tracks.heard(slot) - tracks.mean(slot);
                tracks.rhythm(slot, tracks.mean(slot) + WEIGHT * difference,
                        (1 - WEIGHT) * (tracks.variance(slot) + WEIGHT * difference * difference));
            }
            tracks.beat(slot, beat.count(), now);
            NodeId node = tracks.node(slot);
            fresh.remove(node);
            fresh.put(node, from);
        }
    }

    /** Milliseconds since a node was last heard of, if it was. */
    public Optional<Long> silence(NodeId node) {
        int slot = tracks.find(node);
        return slot == Tracks.NONE ? Optional.empty() : Optional.of(scheduler.now() - tracks.heard(slot));
    }

    /** What this node thinks of another; one never heard of counts from the start of this one. */
    public Presence presence(NodeId node) {
        if (node.equals(self)) {
            return Presence.UP;
        }
        double phi = phi(tracks.find(node));
        return phi < SUSPECTED_PHI ? Presence.UP : phi < GONE_PHI ? Presence.SUSPECTED : Presence.GONE;
    }

    /** Some of those that seem to be gone: of a few chosen at random, as looking at thousands would cost too much. */
    List<Contact> gone() {
        List<Contact> book = addressBook.get();
        if (book.size() <= LOOKED_AT) {
            return book.stream().filter(this::isGone).toList();
        }
        return random.ints(LOOKED_AT, 0, book.size()).distinct().mapToObj(book::get).filter(this::isGone).toList();
    }

    private boolean isGone(Contact contact) {
        return presence(contact.node()) == Presence.GONE;
    }

    private double phi(int slot) {
        double period = period();
        double mean = slot == Tracks.NONE ? period : Math.max(tracks.mean(slot), period);
        double deviation = Math.max(slot == Tracks.NONE ? 0 : Math.sqrt(tracks.variance(slot)),
                Math.max(500, mean / 4));
        double silence = scheduler.now() - (slot == Tracks.NONE ? started : tracks.heard(slot));
        double y = (silence - mean) / deviation;
        // The logistic approximation of the normal distribution's tail; it is good to 0.0002.
        double e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
        double later = y > 0 ? e / (1 + e) : 1 - 1 / (1 + e);
        return later <= 0 ? Double.MAX_VALUE : -Math.log10(later);
    }
}
