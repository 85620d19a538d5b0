package lattice.mesh.internal.protocol;

import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import lattice.api.id.NodeId;

/**
 * Who seems to be there. Each node counts heartbeats, which spread by gossip (van Renesse, Minsky and Hayden, "A
 * Gossip-Style Failure Detection Service", 1998); how suspicious a silence is follows from the silences before it
 * (Hayashibara et al., "The phi Accrual Failure Detector", SRDS 2004). The larger the mesh, the rarer the heartbeats, so
 * that a node's cost stays the same. It decides nothing that must be true, only what is shown and preferred.
 */
public final class Liveness {
    /** What a silence suggests. */
    public enum Presence {
        UP, SUSPECTED, GONE
    }

    private static final double SUSPECTED_PHI = 3;
    private static final double GONE_PHI = 8;
    private static final int BEATS_AT_ONCE = 64;
    private static final int MAX_TRACKED = 65_536;
    /** Weight of a new silence in the running mean and variance. */
    private static final double WEIGHT = 0.2;

    private static final class Track {
        private long count;
        private long heard;
        private double mean;
        private double variance;
    }

    private final NodeId self;
    private final Settings settings;
    private final Scheduler scheduler;
    private final Random random;
    private final IntSupplier meshSize;
    private final Supplier<List<Contact>> addressBook;
    private final Predicate<NodeId> isKnown;
    private final Spreading spreading;
    private final Map<NodeId, Track> tracks = new LinkedHashMap<>();
    private final Map<NodeId, PeerLink> fresh = new LinkedHashMap<>();
    private final long started;
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
        this.isKnown = members::knows;
        this.spreading = spreading;
        this.started = scheduler.now();
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
        return new Message.Beat(node, node.equals(self) ? count : tracks.get(node).count);
    }

    void neighbourUp(PeerLink link) {
        List<Message.Beat> beats = new ArrayList<>();
        beats.add(beatOf(self));
        List<NodeId> others = new ArrayList<>(tracks.keySet());
        for (int i = 0; i < BEATS_AT_ONCE && !others.isEmpty(); i++) {
            beats.add(beatOf(others.remove(random.nextInt(others.size()))));
        }
        link.send(new Message.Heartbeats(beats));
    }

    void received(PeerLink from, List<Message.Beat> beats) {
        long now = scheduler.now();
        for (Message.Beat beat : beats) {
            if (beat.node().equals(self) || !isKnown.test(beat.node())) {
                continue;
            }
            Track track = tracks.get(beat.node());
            if (track == null) {
                if (tracks.size() >= MAX_TRACKED) {
                    continue;
                }
                track = new Track();
                track.mean = period();
                track.variance = period() * period() / 16.0;
                tracks.put(beat.node(), track);
            } else if (beat.count() <= track.count) {
                continue;
            } else {
                double silence = now - track.heard;
                double difference = silence - track.mean;
                track.mean += WEIGHT * difference;
                track.variance = (1 - WEIGHT) * (track.variance + WEIGHT * difference * difference);
            }
            track.count = beat.count();
            track.heard = now;
            fresh.remove(beat.node());
            fresh.put(beat.node(), from);
        }
    }

    /** Milliseconds since a node was last heard of, if it was. */
    public Optional<Long> silence(NodeId node) {
        return Optional.ofNullable(tracks.get(node)).map(track -> scheduler.now() - track.heard);
    }

    /** What this node thinks of another; one never heard of counts from the start of this one. */
    public Presence presence(NodeId node) {
        if (node.equals(self)) {
            return Presence.UP;
        }
        double phi = phi(tracks.get(node));
        return phi < SUSPECTED_PHI ? Presence.UP : phi < GONE_PHI ? Presence.SUSPECTED : Presence.GONE;
    }

    List<Contact> gone() {
        return addressBook.get().stream().filter(contact -> presence(contact.node()) == Presence.GONE).toList();
    }

    private double phi(Track track) {
        double period = period();
        double mean = track == null ? period : Math.max(track.mean, period);
        double deviation = Math.max(track == null ? 0 : Math.sqrt(track.variance), Math.max(500, mean / 4));
        double silence = scheduler.now() - (track == null ? started : track.heard);
        double y = (silence - mean) / deviation;
        // The logistic approximation of the normal distribution's tail; it is good to 0.0002.
        double e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
        double later = y > 0 ? e / (1 + e) : 1 - 1 / (1 + e);
        return later <= 0 ? Double.MAX_VALUE : -Math.log10(later);
    }
}
