package lattice.mesh.internal.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import lattice.api.store.Author;
import lattice.kernel.replication.IngestResult;

/** What waits to be checked and stored, in bounded memory, of which no peer and no author can take all. */
final class Storing {
    /** While one batch is written, the next can be checked. */
    private static final int AT_ONCE = 2;

    private final Replica replica;
    private final int batchBytes;
    private final Consumer<Incoming> stored;
    private final BiConsumer<Incoming, IngestResult> refused;
    private final Runnable done;
    private final Deque<Incoming> queue = new ArrayDeque<>();
    /** Of what failed together, what is tried one by one. */
    private final Deque<Incoming> alone = new ArrayDeque<>();
    /** Of what waits, and of what is being stored. */
    private final Shares held;
    private int underWay;

    /**
     * @param stored told of each run that is durable
     * @param refused told of each run that is not, or not as a whole, and why
     * @param done called after what came of a batch was told
     */
    Storing(Replica replica, Settings settings, Consumer<Incoming> stored, BiConsumer<Incoming, IngestResult> refused, Runnable done) {
        this.replica = replica;
        this.batchBytes = settings.chunkBytes();
        this.stored = stored;
        this.refused = refused;
        this.done = done;
        this.held = new Shares(settings.ingestBytes());
    }

    boolean hasRoom(PeerLink from, Author author, int bytes) {
        return held.hasRoom(from, author.node(), bytes);
    }

    /** How much waits, and is being stored. */
    long bytes() {
        return held.total();
    }

    void add(Incoming incoming) {
        queue.add(incoming);
        hold(incoming);
    }

    /** Looks what other commits than those that are held have in common with them; if there is no room now, not now. */
    void compare(Incoming incoming, Consumer<IngestResult> then) {
        if (hasRoom(incoming.from(), incoming.author(), incoming.bytes())) {
            hold(incoming);
            replica.ingest(incoming.run(), result -> {
                release(incoming);
                then.accept(result);
            });
        }
    }

    private void hold(Incoming incoming) {
        held.add(incoming.from(), incoming.author().node(), incoming.bytes());
    }

    private void release(Incoming incoming) {
        held.remove(incoming.from(), incoming.author().node(), incoming.bytes());
    }

    /** Begins to store what waits, as much of it as may be under way. */
    void goOn() {
        while (underWay == 0 && !alone.isEmpty()) {
            store(List.of(alone.poll()));
        }
        while (alone.isEmpty() && underWay < AT_ONCE && !queue.isEmpty()) {
            List<Incoming> batch = new ArrayList<>();
            int bytes = 0;
            while (!queue.isEmpty() && (batch.isEmpty() || bytes + queue.peek().bytes() <= batchBytes)) {
                Incoming next = queue.poll();
                batch.add(next);
                bytes += next.bytes();
            }
            store(batch);
        }
    }

    private void store(List<Incoming> batch) {
        underWay++;
        replica.ingest(batch.stream().flatMap(incoming -> incoming.run().stream()).toList(), result -> {
            underWay--;
            if (!(result instanceof IngestResult.Accepted) && batch.size() > 1) {
                // One of them is at fault; each alone tells which. Those already stored are passed over.
                alone.addAll(batch);
            } else {
                batch.forEach(this::release);
                if (result instanceof IngestResult.Accepted) {
                    batch.forEach(stored);
                } else {
                    refused.accept(batch.get(0), result);
                }
            }
            goOn();
            done.run();
        });
    }

    boolean isIdle() {
        return underWay == 0 && alone.isEmpty() && queue.isEmpty();
    }
}
