package lattice.mesh.internal.protocol;

import java.util.HexFormat;
import java.util.Optional;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;

/**
 * Fetches the state of a checkpoint from one peer, part by part: where commits that are missing are not kept any more, or where
 * the state was lost here. Nothing else is fetched meanwhile, so it must not take for ever.
 */
final class StateTransfer {
    /** How often it is looked whether one was lost, and after what time another peer is asked for it. */
    static final long LACKED_STATE_EVERY_MILLIS = 5_000;
    static final long LACKED_STATE_AGAIN_MILLIS = 60_000;
    private static final int PATIENCE = 6;
    /** A part of a state has at least this part of the size of a chunk, but for the last. */
    private static final int LEAST_OF_CHUNK = 4;
    private static final HexFormat HEX = HexFormat.of();

    private final Replica replica;
    private final Settings settings;
    private final Scheduler scheduler;
    private final StoreExchange.Links links;
    private final Runnable arrived;
    private final Runnable ended;
    private final Runnable lookLater;
    private Current current;
    private long lackedDue;

    private static final class Current {
        private final PeerLink from;
        private StateProgress progress;
        private long since;
        private boolean awaited;

        Current(PeerLink from) {
            this.from = from;
        }
    }

    /**
     * @param arrived told when a state is held
     * @param ended told when it is the turn of something else
     * @param lookLater has {@link #giveUpIfSilent} be called after a while
     */
    StateTransfer(Replica replica, Settings settings, Scheduler scheduler, StoreExchange.Links links, Runnable arrived,
            Runnable ended, Runnable lookLater) {
        this.replica = replica;
        this.settings = settings;
        this.scheduler = scheduler;
        this.links = links;
        this.arrived = arrived;
        this.ended = ended;
        this.lookLater = lookLater;
    }

    boolean isUnderWay() {
        return current != null;
    }

    void giveUpIfSilent() {
        if (current != null && current.awaited && scheduler.now() - current.since > PATIENCE * settings.answerWithin()) {
            PeerLink silent = current.from;
            current = null;
            links.misbehaved(silent, "was asked for a part of the state of a checkpoint and did not answer");
        }
    }

    /** Asks a peer for the state of the last checkpoint, now and then one of them, if it was lost here. */
    void fetchLacked(PeerLink link) {
        if (current != null || scheduler.now() < lackedDue) {
            return;
        }
        lackedDue = scheduler.now() + LACKED_STATE_EVERY_MILLIS;
        replica.lackedState(lacked -> {
            if (lacked.isPresent() && links.isUp(link)) {
                lackedDue = scheduler.now() + LACKED_STATE_AGAIN_MILLIS;
                begin(link, lacked.get());
            }
        });
    }

    /** Begins with what a peer offers, unless another state is on its way. */
    void begin(PeerLink from, StateOffer offer) {
        if (current == null) {
            Current begun = new Current(from);
            current = begun;
            replica.accept(offer, progress -> goOn(begun, progress));
        }
    }

    void received(PeerLink from, Message.StatePart part) {
        if (current == null || current.from != from || !current.awaited) {
            return;
        }
        Current asked = current;
        asked.awaited = false;
        long rest = asked.progress.bytes() - asked.progress.have();
        if (part.bytes().length > 0 && part.bytes().length < Math.min(rest, settings.chunkBytes() / LEAST_OF_CHUNK)) {
            current = null;
            links.misbehaved(from, "sends the state of a checkpoint in crumbs");
            return;
        }
        if (part.bytes().length == 0) {
            // It went on to the next checkpoint, which it will offer.
            current = null;
            ended.run();
            return;
        }
        replica.receive(HEX.parseHex(part.state().hex()), part.offset(), part.bytes(), progress -> goOn(asked, progress));
    }

    private void goOn(Current asked, Optional<StateProgress> progress) {
        if (current != asked) {
            return;
        }
        if (progress.isEmpty()) {
            current = null;
            links.misbehaved(asked.from, "sent the state of a checkpoint that is not what was signed");
        } else if (progress.get().isComplete() || !links.isUp(asked.from)) {
            current = null;
            arrived.run();
        } else {
            asked.progress = progress.get();
            asked.awaited = true;
            asked.since = scheduler.now();
            asked.from.send(new Message.WantState(replica.store(), new Message.StateId(HEX.formatHex(progress.get().state())),
                    progress.get().have()));
            lookLater.run();
            return;
        }
        ended.run();
    }

    /** How far it has come, if one is on its way. */
    Optional<StateProgress> arriving() {
        return Optional.ofNullable(current).map(asked -> asked.progress);
    }

    void neighbourDown(PeerLink link) {
        if (current != null && current.from == link && current.awaited) {
            current = null;
        }
    }
}
