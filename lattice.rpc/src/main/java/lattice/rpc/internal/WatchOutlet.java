package lattice.rpc.internal;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchStart;
import lattice.kernel.watch.NonBlockingListener;
import lattice.protocol.Failures;
import lattice.protocol.Wire;
import lattice.v1.WatchResponse;

/**
 * A watch for a client. Changes wait in a bounded queue for the client to take them. When the queue is full the store is
 * no longer listened to; when it is empty again listening resumes where it left off, so a client that lags loses nothing,
 * holds up nobody, and costs no more than its queue.
 */
final class WatchOutlet extends Outlet<WatchResponse> {
    private final Session session;
    private final Wanted wanted;
    private final Watches shared;

    // All below is guarded by this.
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private final Map<Key, Change> latest = new LinkedHashMap<>();
    private LogPosition latestPosition;
    private long heldBytes;
    private LogPosition heard;
    private LogPosition sent;
    private boolean caughtUp;
    private Listening listening;
    private ScheduledFuture<?> progress;
    private boolean released;

    /** What waits to be sent. */
    private sealed interface Waiting {
        /** Part of a commit; the last part says so. */
        record Part(LogPosition position, List<Change> changes, long bytes, boolean more) implements Waiting {
        }

        record CaughtUp(LogPosition position) implements Waiting {
        }

        record Progress(LogPosition position) implements Waiting {
        }

        record Failed(StatusRuntimeException why) implements Waiting {
        }
    }

    /**
     * A watch that is not yet started.
     *
     * @param network where messages are made: nothing here waits, and what several watches of a connection say goes out at once
     */
    WatchOutlet(ServerCallStreamObserver<WatchResponse> out, Executor network, Consumer<Outlet<?>> closed, Session session,
            LogPosition after, Wanted wanted, Watches shared) {
        super(out, network, closed);
        this.session = session;
        this.heard = after;
        this.sent = after;
        this.wanted = wanted;
        this.shared = shared;
    }

    @Override
    boolean sendNext(ServerCallStreamObserver<WatchResponse> to) {
        Waiting waiting;
        synchronized (this) {
            waiting = queue.poll();
            if (waiting == null && !latest.isEmpty()) {
                moveLatest();
                waiting = queue.poll();
            }
        }
        if (waiting == null) {
            listenAgain();
            return false;
        }
        WatchResponse.Builder message = WatchResponse.newBuilder();
        if (waiting instanceof Waiting.Failed failed) {
            fail(failed.why());
            return false;
        } else if (waiting instanceof Waiting.Part part) {
            lattice.v1.Changes.Builder changes = message.getChangesBuilder()
                    .setPosition(Wire.write(part.position())).setMore(part.more());
            part.changes().forEach(change -> changes.addChanges(shared.messages().of(change)));
            to.onNext(message.build());
            synchronized (this) {
                giveBack(part.bytes());
                if (!part.more()) {
                    sent = part.position();
                }
            }
        } else if (waiting instanceof Waiting.CaughtUp reached) {
            to.onNext(message.setCaughtUp(Wire.write(reached.position())).build());
            reached(reached.position());
        } else if (waiting instanceof Waiting.Progress progress) {
            to.onNext(message.setProgress(Wire.write(progress.position())).build());
            reached(progress.position());
        }
        return true;
    }

    private synchronized void reached(LogPosition position) {
        sent = position;
    }

    /** Listens to the store, from where it left off, if it does not. */
    private void listenAgain() {
        LogPosition from;
        Listening now;
        synchronized (this) {
            if (released || listening != null) {
                return;
            }
            from = heard;
            now = new Listening();
            listening = now;
        }
        shared.readers().execute(() -> listen(from, now));
    }

    private void listen(LogPosition from, Listening now) {
        // Not under the lock: the store may call the listener before this returns.
        Watch watch;
        try {
            watch = session.store().watch(wanted.prefix(), new WatchStart.After(from), now);
        } catch (RuntimeException e) {
            execute(() -> fail(e));
            return;
        }
        boolean late;
        synchronized (this) {
            now.watch = watch;
            late = listening != now;
        }
        if (late) {
            watch.close();
        }
    }

    /** Stops listening; what was heard so far is kept, and where to go on. */
    private synchronized void stopListening() {
        Listening old = listening;
        listening = null;
        if (old != null && old.watch != null) {
            // Not here: this thread may be the store's, in the midst of telling us something.
            close(old.watch);
        }
    }

    /** Closes it on a thread that may wait. */
    private void close(Watch watch) {
        try {
            shared.readers().execute(watch::close);
        } catch (RejectedExecutionException e) {
            // The server is closed: there is nobody to hold up any more.
            watch.close();
        }
    }

    private final class Listening implements NonBlockingListener {
        private Watch watch; // guarded by the outlet

        @Override
        public void changed(Changes changes) {
            synchronized (WatchOutlet.this) {
                if (listening != this) {
                    return;
                }
                hear(changes);
            }
            wake();
        }

        @Override
        public void caughtUp(LogPosition position) {
            synchronized (WatchOutlet.this) {
                if (listening != this) {
                    return;
                }
                heard = position;
                if (!caughtUp) {
                    caughtUp = true;
                    flushLatest();
                    queue.add(new Waiting.CaughtUp(position));
                }
            }
            wake();
        }

        @Override
        public void ended(WatchEnd end) {
            synchronized (WatchOutlet.this) {
                if (listening != this) {
                    return;
                }
                listening = null;
                if (end instanceof WatchEnd.Failed failed) {
                    flushLatest();
                    queue.add(new Waiting.Failed(Failures.status(failed.cause())));
                }
                // Else the store found us too slow: we go on from what we heard, once the client has taken it.
            }
            wake();
        }
    }

    /** Called with the lock held. */
    private void hear(Changes changes) {
        List<Change> mine = new ArrayList<>(changes.changes().size());
        long bytes = 0;
        for (Change change : changes.changes()) {
            if (session.token().acl().mayRead(change.key()) && wanted.has(change.key())) {
                mine.add(change);
                bytes += Wire.size(change);
            }
        }
        if (!mine.isEmpty()) {
            boolean empty = queue.isEmpty() && latest.isEmpty();
            if (!empty && isFull(bytes) || !shared.budget().take(bytes, empty)) {
                stopListening();
                return;
            }
            heldBytes += bytes;
            if (wanted.coalesce()) {
                for (Change change : mine) {
                    Change replaced = latest.remove(change.key());
                    if (replaced != null) {
                        giveBack(Wire.size(replaced));
                    }
                    latest.put(change.key(), change);
                }
                latestPosition = changes.position();
            } else {
                enqueue(changes.position(), mine);
            }
        }
        heard = changes.position();
    }

    private boolean isFull(long more) {
        return heldBytes + more > shared.limits().watchBytes()
                || queue.size() + latest.size() >= shared.limits().watchCommits();
    }

    private void enqueue(LogPosition position, List<Change> changes) {
        for (int from = 0; from < changes.size();) {
            int to = Wire.endOfPart(changes, from);
            List<Change> part = changes.subList(from, to);
            queue.add(new Waiting.Part(position, part, part.stream().mapToLong(Wire::size).sum(), to < changes.size()));
            from = to;
        }
    }

    private void flushLatest() {
        if (!latest.isEmpty()) {
            moveLatest();
        }
    }

    private void moveLatest() {
        List<Change> all = List.copyOf(latest.values());
        latest.clear();
        enqueue(latestPosition, all);
    }

    private void giveBack(long bytes) {
        heldBytes -= bytes;
        shared.budget().giveBack(bytes);
    }

    /** From now on says at least this often how far the watch has come. */
    synchronized void progressEvery(int millis, ScheduledExecutorService clock) {
        progress = clock.scheduleWithFixedDelay(this::progress, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** Says how far the watch has come, if the client does not know by what it was sent. */
    private void progress() {
        synchronized (this) {
            if (released || listening == null || listening.watch == null || !caughtUp || !queue.isEmpty()
                    || !latest.isEmpty()) {
                return;
            }
            LogPosition position = listening.watch.position();
            if (position.revision() <= sent.revision()) {
                return;
            }
            heard = position;
            queue.add(new Waiting.Progress(position));
        }
        wake();
    }

    @Override
    synchronized boolean waiting() {
        // If it does not listen there is more to hear, once the client has taken what it was sent.
        return !queue.isEmpty() || !latest.isEmpty() || listening == null;
    }

    @Override
    StatusRuntimeException tooSlow() {
        LogPosition resume;
        synchronized (this) {
            resume = sent;
        }
        String message = "The changes were not read for " + shared.limits().stalledAfter().toSeconds()
                + " s. Read faster, with fewer keys or with 'coalesce'; ";
        return Failures.tooSlow(message + "watch again after revision " + resume.revision() + ".", resume);
    }

    @Override
    void release() {
        Watch watch;
        synchronized (this) {
            released = true;
            watch = listening == null ? null : listening.watch;
            listening = null;
            if (progress != null) {
                progress.cancel(false);
            }
            queue.clear();
            latest.clear();
            giveBack(heldBytes);
        }
        if (watch != null) {
            close(watch);
        }
    }
}
