package lattice.kernel.internal.node;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.StoreException;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.kernel.internal.store.Engine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the child stores that are declared at {@code /stores/{name}} of the root store, and closes those that no longer are;
 * their data stays on disk and is there again when they are declared again. {@link StoreDeclaration} has their form; a store
 * whose declaration does not list this node is not opened here.
 */
final class ChildStores implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChildStores.class);
    private static final long RETRY_SECONDS = 5;

    private final Engine root;
    private final ScheduledExecutorService timer;
    /** Where stores are opened, which may take long: the timer has more to do. */
    private final Executor pool;
    private final NodeKernel.StoreListener listener;
    private final Opener opener;
    private final NodeId self;
    private final Map<String, Engine> open = new ConcurrentHashMap<>();
    private final Map<String, String> problems = new ConcurrentHashMap<>();
    /** Keys under /stores that declare none, and of which that was said. */
    private final Set<Key> told = new HashSet<>();
    private Watch watch;
    private boolean closed;

    /** Opens child stores. */
    interface Opener {
        /** Makes it if it is not there. */
        Engine open(String name) throws IOException;

        boolean isThere(String name);
    }

    ChildStores(NodeId self, Engine root, ScheduledExecutorService timer, Executor pool, NodeKernel.StoreListener listener,
            Opener opener) {
        this.self = self;
        this.root = root;
        this.timer = timer;
        this.pool = pool;
        this.listener = listener;
        this.opener = opener;
        follow();
    }

    Map<String, Engine> open() {
        return Map.copyOf(open);
    }

    Map<String, String> problems() {
        return Map.copyOf(problems);
    }

    /** The same once what is being opened now is open, or has a problem too. */
    synchronized Map<String, String> settledProblems() {
        return problems();
    }

    /** How far the chains of stores had come that are not open here, though they once were. */
    synchronized Map<StoreId, Map<Author, Engine.ChainHead>> headsOfOnceOpen(Collection<String> names) {
        Map<StoreId, Map<Author, Engine.ChainHead>> heads = new HashMap<>();
        for (String name : names) {
            if (!closed && !open.containsKey(name) && opener.isThere(name)) {
                try (Engine store = opener.open(name)) {
                    heads.put(store.id(), store.heads());
                } catch (IOException e) {
                    throw new StoreException(StoreException.Code.UNAVAILABLE, "Child store " + name
                            + " was once held here, and can't be opened to see how far it had come: " + e.getMessage(), e);
                }
            }
        }
        return heads;
    }

    private synchronized void follow() {
        if (closed) {
            return;
        }
        LogPosition position = root.position();
        reconcile();
        watch = root.watchAsNode(NodeKernel.STORES, new WatchStart.After(position), new WatchListener() {
            @Override
            public void changed(Changes changes) {
                reconcile();
            }

            @Override
            public void ended(WatchEnd end) {
                if (!(end instanceof WatchEnd.Closed)) {
                    followAgain();
                }
            }
        });
    }

    private void followAgain() {
        try {
            timer.schedule(() -> pool.execute(this::follow), 1, TimeUnit.SECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The node is stopping", e);
        }
    }

    /** Makes the stores that are open those that are declared. */
    private synchronized void reconcile() {
        if (closed) {
            return;
        }
        Map<String, StoreDeclaration> wanted = new HashMap<>();
        Map<String, String> wrong = new HashMap<>();
        Set<Key> odd = new HashSet<>();
        try (Stream<Entry> declared = root.scan(NodeKernel.STORES, null)) {
            declared.forEach(entry -> {
                String[] segments = entry.key().segments();
                String name = segments[segments.length - 1];
                if (segments.length == 3 && (name.equals("checkpoint") || name.equals("delegate"))) {
                    return;
                }
                if (segments.length != 2 || StoreDeclaration.isReserved(name)) {
                    odd.add(entry.key());
                    if (!told.contains(entry.key())) {
                        LOG.warn("{} declares no store: /stores/{name} does, with a name other than root and meta.", entry.key());
                    }
                } else {
                    try {
                        StoreDeclaration declaration = StoreDeclaration.parse(entry.value());
                        if (declaration.isFor(self)) {
                            wanted.put(name, declaration);
                        }
                    } catch (IOException e) {
                        wrong.put(name, "The declaration " + entry.key() + " is invalid: " + e.getMessage());
                    }
                }
            });
        } catch (StoreException e) {
            LOG.debug("The root store is closing", e);
            return;
        }
        for (String name : List.copyOf(open.keySet())) {
            if (!wanted.containsKey(name)) {
                close(name);
            }
        }
        wanted.forEach((name, declaration) -> {
            if (open.containsKey(name)) {
                open.get(name).heldBy(declaration.nodes());
            } else {
                try {
                    Engine store = opener.open(name);
                    store.heldBy(declaration.nodes());
                    open.put(name, store);
                    listener.opened(store);
                } catch (IOException | RuntimeException e) {
                    LOG.debug("Child store {} can't be opened", name, e);
                    wrong.put(name, "Child store " + name + " can't be opened: " + e.getMessage());
                }
            }
        });
        wrong.forEach((name, problem) -> {
            if (!problem.equals(problems.get(name))) {
                LOG.warn("{}", problem);
            }
        });
        problems.clear();
        problems.putAll(wrong);
        told.clear();
        told.addAll(odd);
        if (wanted.keySet().stream().anyMatch(wrong::containsKey)) {
            timer.schedule(() -> pool.execute(this::reconcile), RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void close(String name) {
        Engine store = open.remove(name);
        listener.closing(store);
        store.close();
    }

    @Override
    public void close() {
        Watch following;
        synchronized (this) {
            closed = true;
            following = watch;
        }
        if (following != null) {
            following.close();
        }
        synchronized (this) {
            List.copyOf(open.keySet()).forEach(this::close);
        }
    }
}
