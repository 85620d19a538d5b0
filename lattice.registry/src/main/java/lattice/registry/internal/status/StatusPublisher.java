package lattice.registry.internal.status;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lattice.api.id.NodeId;
import lattice.api.node.InstanceState;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.instance.RunConfig;
import lattice.registry.internal.reconcile.ServiceView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one mesh how its services are here, as {@link Published} says: when that changes, not on a timer, and for each
 * service only so often, so that one that comes and goes all the time does not fill every disk of the mesh. States that
 * pass within seconds are not told. A service that is not meant for this node has no status. The node's tags, if it has
 * any, are told at {@code /nodes/{node}/tags}, so that others can see beforehand whom a policy means.
 */
public final class StatusPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(StatusPublisher.class);
    private static final int BURST = 6;
    private static final long REFILL_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long PASSING_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final NodeId self;
    private final Store store;
    private SortedSet<String> toldTags = Collections.emptySortedSet();
    private volatile boolean tagsKnown;
    private final Map<InstanceKey, Told> told = new HashMap<>();
    private boolean cleaned;
    private volatile CompletableFuture<?> last = CompletableFuture.completedFuture(null);

    /** What was told about a service, and how much may be told still. */
    private static final class Told {
        private volatile String content = "";
        private double tokens = BURST;
        private long refilled = System.nanoTime();
        private InstanceState passing;
        private long passingSince;

        boolean take() {
            long now = System.nanoTime();
            tokens = Math.min(BURST, tokens + (now - refilled) / (double) REFILL_NANOS);
            refilled = now;
            if (tokens < 1) {
                return false;
            }
            tokens--;
            return true;
        }

        boolean lasts(ServiceView view) {
            if (!view.moving()) {
                passing = null;
                return true;
            }
            if (passing != view.state()) {
                passing = view.state();
                passingSince = System.nanoTime();
            }
            return System.nanoTime() - passingSince > PASSING_NANOS;
        }
    }

    public StatusPublisher(NodeId self, Store store) {
        this.self = self;
        this.store = store;
    }

    /** Tells what changed. Called by one thread. */
    public void publish(SortedMap<InstanceKey, ServiceView> views, SortedSet<String> tags) {
        cleanOnce(views);
        tellTags(tags);
        views.forEach((key, view) -> {
            if (view.state() != InstanceState.DECLARED) {
                Told before = told.computeIfAbsent(key, this::fromStore);
                if (view.state() == InstanceState.STOPPED) {
                    tell(key, before, content(view));
                } else if (before.lasts(view) && !content(view).equals(before.content) && before.take()) {
                    tell(key, before, content(view));
                }
            }
        });
        Set<InstanceKey> gone = new HashSet<>(told.keySet());
        gone.removeIf(key -> views.containsKey(key) && views.get(key).state() != InstanceState.DECLARED);
        gone.forEach(key -> {
            told.remove(key);
            submit(new Mutation.Delete(place(key)), () -> { });
        });
    }

    private void tellTags(SortedSet<String> tags) {
        Key place = Published.tags(self);
        if (!tagsKnown) {
            try {
                toldTags = store.get(place).map(Published::tags).orElse(Collections.emptySortedSet());
                tagsKnown = true;
            } catch (StoreException e) {
                LOG.debug("Which tags were told can't be read now.", e);
                return;
            }
        }
        if (!toldTags.equals(tags)) {
            toldTags = tags;
            submit(tags.isEmpty() ? new Mutation.Delete(place) : new Mutation.Put(place, Published.text(tags)),
                    () -> tagsKnown = false);
        }
    }

    /** Waits until what was told is on disk, or {@code atMost}. */
    public void flush(Duration atMost) throws InterruptedException {
        try {
            last.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("The last status of the services could not be written: {}", e.getMessage());
        }
    }

    private void tell(InstanceKey key, Told before, String content) {
        if (!content.equals(before.content)) {
            before.content = content;
            submit(new Mutation.Put(place(key), content), () -> before.content = "");
        }
    }

    private void submit(Mutation mutation, Runnable onFailure) {
        CompletableFuture<Receipt> written;
        try {
            written = store.submit(Transaction.of(mutation)).toCompletableFuture();
        } catch (StoreException e) {
            written = CompletableFuture.failedFuture(e);
        }
        last = written.whenComplete((receipt, failure) -> {
            if (failure != null) {
                onFailure.run();
                LOG.warn("The status at {} could not be written: {}", mutation.key(), failure.getMessage());
            }
        });
    }

    /** What an earlier run of the node told about services that are not declared any more says nothing now. */
    private void cleanOnce(SortedMap<InstanceKey, ServiceView> views) {
        if (cleaned) {
            return;
        }
        List<Key> stale = new ArrayList<>();
        Prefix services = Published.services(self);
        try (var entries = store.scan(services)) {
            entries.forEach(entry -> stale.add(entry.key()));
            cleaned = true;
        } catch (StoreException e) {
            LOG.warn("The status of an earlier run can't be read: {}", e.getMessage());
        }
        views.forEach((key, view) -> {
            if (view.state() != InstanceState.DECLARED) {
                stale.remove(place(key));
            }
        });
        stale.forEach(key -> submit(new Mutation.Delete(key), () -> { }));
    }

    private Told fromStore(InstanceKey key) {
        Told fresh = new Told();
        try {
            store.get(place(key)).ifPresent(entry -> fresh.content = entry.text());
        } catch (StoreException e) {
            LOG.debug("What was told about {} can't be read, so it is told again.", key, e);
        }
        return fresh;
    }

    private static String content(ServiceView view) {
        return Published.text(new Published(Optional.of(view.state()), view.endpoints(), view.startedAt(),
                view.config().map(RunConfig::version)));
    }

    private Key place(InstanceKey key) {
        return Published.status(self, key.service());
    }
}
