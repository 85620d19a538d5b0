package lattice.sim;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import lattice.api.id.NodeId;
import lattice.mesh.internal.protocol.Message;
import lattice.mesh.internal.protocol.MessageCodec;
import lattice.mesh.internal.protocol.PeerLink;

/** Links between simulated nodes. A link that a partition cuts is noticed at both ends after a while, as a real one is. */
final class Network {
    /** A link of which nothing was heard for so long is given up; each end looks for itself, and looks now and then. */
    private static final long SILENT = 7_000;
    private static final int SAID_EVERY = 2_000;
    private static final int LOOKED_EVERY = 1_000;
    private static final long DIAL_TIMEOUT = 2_000;
    /** Of TCP over an Ethernet. */
    private static final int PACKET_BYTES = 1_448;
    /** What Linux waits beyond a round trip before it sends a packet again; then twice as long, and so on. */
    private static final long RETRANSMIT_AFTER = 200;
    /** What goes around a message on a real link: HTTP/2 frame, gRPC prefix, TLS record, TCP and IP headers. */
    private static final int FRAME_BYTES = 9 + 5 + 22 + 52;
    private static final int HANDSHAKE_BYTES = 2_000;

    private final VirtualTime time;
    private final Random random;
    private final Map<NodeId, SimNode> nodes = new HashMap<>();
    private final Set<End> open = new LinkedHashSet<>();
    private final Relays relays = new Relays();
    private Conditions conditions;
    private long messages;

    Network(VirtualTime time, Random random, Conditions conditions) {
        this.time = time;
        this.random = random;
        this.conditions = conditions;
    }

    void set(Conditions changed) {
        conditions = changed;
    }

    Conditions conditions() {
        return conditions;
    }

    long messages() {
        return messages;
    }

    Relays relays() {
        return relays;
    }

    void add(SimNode node) {
        nodes.put(node.id(), node);
    }

    SimNode node(NodeId id) {
        return nodes.get(id);
    }

    private int delay() {
        return conditions.minDelay() + random.nextInt(1 + conditions.maxDelay() - conditions.minDelay());
    }

    /**
     * Time that a message takes with all of its packets: a lost one is sent again after a timeout. Real links often learn
     * of a loss earlier, from the packets behind.
     */
    private long transit(int length) {
        long longest = delay();
        for (int sent = 0; conditions.loss() > 0 && sent < length; sent += PACKET_BYTES) {
            long timeout = RETRANSMIT_AFTER + conditions.minDelay() + conditions.maxDelay();
            long waited = 0;
            while (random.nextDouble() < conditions.loss()) {
                waited += timeout;
                timeout *= 2;
            }
            longest = Math.max(longest, waited + delay());
        }
        return longest;
    }

    private static boolean reaches(SimNode one, SimNode other) {
        return one.isUp() && other.isUp() && one.side() == other.side();
    }

    void dial(SimNode from, NodeId to) {
        SimNode target = nodes.get(to);
        int life = from.life();
        if (target == null || !reaches(from, target)) {
            time.after(target != null && target.isUp() ? DIAL_TIMEOUT : delay(), () -> {
                if (from.isUp() && from.life() == life) {
                    from.protocol().dialFailed(to);
                }
            });
            return;
        }
        // A TCP and a TLS 1.3 handshake are two round trips.
        time.after(transit(1) + transit(1) + transit(HANDSHAKE_BYTES) + transit(1), () -> {
            if (!from.isUp() || from.life() != life) {
                return;
            }
            if (!reaches(from, target) || !from.welcomes(to) || !target.welcomes(from.id())) {
                from.protocol().dialFailed(to);
                return;
            }
            End near = new End(from, target, true);
            End far = new End(target, from, false);
            near.other = far;
            far.other = near;
            open.add(near);
            open.add(far);
            from.count(HANDSHAKE_BYTES, false);
            target.count(HANDSHAKE_BYTES, false);
            target.protocol().linkUp(far);
            from.protocol().linkUp(near);
        });
    }

    /** Ends links between nodes that do not reach each other any more. */
    void cut() {
        for (End end : List.copyOf(open)) {
            if (!reaches(end.owner, end.remote)) {
                end.dead = true;
                open.remove(end);
                time.after(end.remote.isUp() ? end.noticedAfter() : delay(), () -> end.down());
            }
        }
    }

    private final class End implements PeerLink {
        private final SimNode owner;
        private final SimNode remote;
        private final boolean dialled;
        private final int life;
        private End other;
        private boolean dead;
        private boolean closed;
        private long lastArrival;

        End(SimNode owner, SimNode remote, boolean dialled) {
            this.owner = owner;
            this.remote = remote;
            this.dialled = dialled;
            this.life = owner.life();
        }

        @Override
        public NodeId peer() {
            return remote.id();
        }

        @Override
        public boolean dialled() {
            return dialled;
        }

        @Override
        public boolean send(Message message) {
            if (closed) {
                return false;
            }
            for (Message sent : owner.mischief().instead(message, owner, random)) {
                byte[] bytes = MessageCodec.encode(sent);
                owner.count(bytes.length + FRAME_BYTES, isAboutCommits(sent));
                messages++;
                if (!dead && (conditions.vanishing() == 0 || random.nextDouble() >= conditions.vanishing())) {
                    carry(bytes);
                }
            }
            return true;
        }

        private void carry(byte[] bytes) {
            long transit = transit(bytes.length + FRAME_BYTES);
            if (transit > SILENT) {
                fail();
                other.fail();
                return;
            }
            lastArrival = Math.max(lastArrival, time.now() + transit);
            time.after(lastArrival - time.now(), () -> other.arrive(bytes));
        }

        /** So much was lost that the ends take the link for dead. */
        private void fail() {
            dead = true;
            open.remove(this);
            time.after(noticedAfter(), this::down);
        }

        /** It was heard last up to {@link #SAID_EVERY} before, and is found silent up to {@link #LOOKED_EVERY} late. */
        private long noticedAfter() {
            return SILENT - SAID_EVERY + random.nextInt(SAID_EVERY + LOOKED_EVERY);
        }

        private void arrive(byte[] bytes) {
            if (closed || dead || !owner.isUp() || owner.life() != life) {
                return;
            }
            owner.countReceived(bytes.length + FRAME_BYTES);
            try {
                Message message = MessageCodec.decode(bytes);
                relays.arrived(remote.id(), owner.id(), message);
                owner.protocol().receive(this, message);
            } catch (MessageCodec.MalformedException e) {
                owner.protocol().misbehaved(this, e.getMessage());
            }
        }

        @Override
        public void close(String reason) {
            if (closed) {
                return;
            }
            closed = true;
            open.remove(this);
            time.after(0, () -> owner.linkDown(this, life));
            if (!dead) {
                long arrival = Math.max(lastArrival, time.now() + delay());
                time.after(arrival - time.now(), other::down);
            }
        }

        private void down() {
            if (!closed) {
                closed = true;
                open.remove(this);
                owner.linkDown(this, life);
            }
        }
    }

    private static boolean isAboutCommits(Message message) {
        return message instanceof Message.Push || message instanceof Message.Announce || message instanceof Message.Prune
                || message instanceof Message.Want || message instanceof Message.Chunk
                || message instanceof Message.Vector || message instanceof Message.Buckets;
    }
}
