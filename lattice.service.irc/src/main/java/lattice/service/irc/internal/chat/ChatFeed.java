package lattice.service.irc.internal.chat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.LogPosition;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link ChatModel} up with the store: reads all, then follows. If it was too slow it takes up where it was; if the
 * store can't tell any more what happened since, it reads all again.
 */
@SuppressWarnings("try") // it may be interrupted while it closes
public final class ChatFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChatFeed.class);
    private static final int MAX_WAITING = 256;
    private static final int BATCH = 256;
    private static final int MAX_FAILURES = 10;
    private static final Duration RETRY = Duration.ofMillis(500);

    private final Store store;
    private final ChatModel model;
    private final Executor owner;
    private final Consumer<Throwable> failed;
    private final ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor(
            task -> new Thread(task, "irc-feed"));
    private final Semaphore room = new Semaphore(MAX_WAITING);
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private volatile boolean closed;

    // Only the reader's thread uses these.
    private Watch watch;
    private int failures;

    /**
     * @param owner runs what touches the model, in order
     * @param failed is told if the store can't be followed any more
     */
    public ChatFeed(Store store, ChatModel model, Executor owner, Consumer<Throwable> failed) {
        this.store = store;
        this.model = model;
        this.owner = owner;
        this.failed = failed;
    }

    /** Starts to read. The future completes when the model is up with the store, or fails if it can't be read. */
    public CompletableFuture<Void> start() {
        reader.execute(this::readAll);
        return ready;
    }

    /** Reads all again. */
    public void rebuild() {
        reader.execute(this::readAll);
    }

    private void readAll() {
        attempt(() -> {
            stopWatching();
            LogPosition position = store.position();
            ChatModel.Rebuild[] rebuild = new ChatModel.Rebuild[1];
            inTurn(() -> rebuild[0] = model.rebuild(position));
            try (Stream<Entry> all = store.scan(ChatKeys.ALL)) {
                List<Entry> batch = new ArrayList<>(BATCH);
                for (Entry entry : (Iterable<Entry>) all::iterator) {
                    batch.add(entry);
                    if (batch.size() == BATCH) {
                        List<Entry> full = List.copyOf(batch);
                        inTurn(() -> full.forEach(rebuild[0]::add));
                        batch.clear();
                    }
                }
                inTurn(() -> batch.forEach(rebuild[0]::add));
            }
            inTurn(() -> rebuild[0].done());
            follow(position);
            inTurn(() -> ready.complete(null));
        });
    }

    private void follow(LogPosition position) {
        watch = store.watch(ChatKeys.ALL, new WatchStart.After(position), new Listener());
    }

    private void stopWatching() {
        if (watch != null) {
            watch.close();
            watch = null;
        }
    }

    private void attempt(Runnable work) {
        if (closed) {
            return;
        }
        try {
            work.run();
            failures = 0;
        } catch (RuntimeException e) {
            failures++;
            if (failures >= MAX_FAILURES || e instanceof StoreException store && store.code() == StoreException.Code.CLOSED) {
                giveUp(e);
            } else {
                LOG.warn("Chat can't be read from the store, trying again: {}", e.getMessage());
                reader.schedule(this::readAll, RETRY.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    private void giveUp(Throwable cause) {
        if (!closed && !ready.completeExceptionally(cause)) {
            failed.accept(cause);
        }
    }

    /** Runs something on the owner's thread after all that came before; waits if too much waits already. */
    private void inTurn(Runnable task) {
        try {
            while (!room.tryAcquire(1, TimeUnit.SECONDS)) {
                if (closed) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CLOSED, "Interrupted while following the store's chat.", e);
        }
        try {
            owner.execute(() -> {
                try {
                    task.run();
                } finally {
                    room.release();
                }
            });
        } catch (RejectedExecutionException e) {
            throw new StoreException(StoreException.Code.CLOSED, "The gateway is closed.", e);
        }
    }

    /** Ends it; nothing is told to the model after what waits already. */
    @Override
    public void close() throws InterruptedException {
        closed = true;
        reader.execute(this::stopWatching);
        reader.shutdown();
        if (!reader.awaitTermination(2, TimeUnit.SECONDS)) {
            reader.shutdownNow();
            LOG.warn("The store did not let go of the gateway's watch.");
        }
    }

    private final class Listener implements WatchListener {
        @Override
        public void changed(Changes changes) {
            inTurn(() -> model.apply(changes));
        }

        @Override
        public void ended(WatchEnd end) {
            if (closed || end instanceof WatchEnd.Closed) {
                return;
            }
            try {
                reader.execute(() -> {
                    if (end instanceof WatchEnd.TooSlow slow) {
                        attempt(() -> follow(slow.resume()));
                    } else {
                        attempt(() -> {
                            throw ((WatchEnd.Failed) end).cause();
                        });
                    }
                });
            } catch (RejectedExecutionException alreadyClosed) {
                LOG.debug("The watch ended while the gateway closed: {}", end);
            }
        }
    }
}
