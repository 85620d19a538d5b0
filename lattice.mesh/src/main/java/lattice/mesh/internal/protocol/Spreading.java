package lattice.mesh.internal.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;

/**
 * Pushes commits along a tree at once and announces them off the tree, so that a broken tree mends itself: Leitao,
 * Pereira and Rodrigues, "Epidemic Broadcast Trees" (Plumtree), SRDS 2007. As commits are numbered by author, an
 * announcement is the last number rather than a list.
 */
final class Spreading {
    /** The most authors in one announcement. */
    private static final int ANNOUNCED_AT_ONCE = 1024;

    private final Settings settings;
    private final Scheduler scheduler;
    private final Set<PeerLink> eager = new LinkedHashSet<>();
    private final Set<PeerLink> lazy = new LinkedHashSet<>();
    private final Map<PeerLink, Map<StoreId, Map<Author, Head>>> unannounced = new LinkedHashMap<>();
    private boolean flushing;

    Spreading(Settings settings, Scheduler scheduler) {
        this.settings = settings;
        this.scheduler = scheduler;
    }

    void neighbourUp(PeerLink link) {
        eager.add(link);
    }

    void neighbourDown(PeerLink link) {
        eager.remove(link);
        lazy.remove(link);
        unannounced.remove(link);
    }

    Collection<PeerLink> eager() {
        return List.copyOf(eager);
    }

    boolean isEager(PeerLink link) {
        return eager.contains(link);
    }

    void makeEager(PeerLink link) {
        if (lazy.remove(link)) {
            eager.add(link);
        }
    }

    /** The peer had already what was pushed to it. */
    void pruned(PeerLink link) {
        if (eager.remove(link)) {
            lazy.add(link);
        }
    }

    /** This node had already what the peer pushed to it. */
    void prune(PeerLink link) {
        if (eager.remove(link)) {
            lazy.add(link);
            link.send(new Message.Prune());
        }
    }

    /** Pushes along the tree and announces off it. */
    void push(StoreId store, List<SignedCommit> commits, Head head, Predicate<PeerLink> to) {
        Message.Push push = new Message.Push(store, commits);
        for (PeerLink link : eager) {
            if (to.test(link) && !link.send(push)) {
                announceTo(link, store, head);
            }
        }
        for (PeerLink link : lazy) {
            if (to.test(link)) {
                announceTo(link, store, head);
            }
        }
    }

    /** Tells neighbours, which may then ask for it. */
    void announce(StoreId store, Head head, Predicate<PeerLink> to) {
        for (PeerLink link : eager) {
            if (to.test(link)) {
                announceTo(link, store, head);
            }
        }
        for (PeerLink link : lazy) {
            if (to.test(link)) {
                announceTo(link, store, head);
            }
        }
    }

    private void announceTo(PeerLink link, StoreId store, Head head) {
        unannounced.computeIfAbsent(link, key -> new LinkedHashMap<>()).computeIfAbsent(store, key -> new LinkedHashMap<>())
                .put(head.author(), head);
        if (!flushing) {
            flushing = true;
            scheduler.after(settings.announceEvery(), this::flush);
        }
    }

    private void flush() {
        flushing = false;
        List<Runnable> refused = new ArrayList<>();
        Map<PeerLink, Map<StoreId, Map<Author, Head>>> flushed = new LinkedHashMap<>(unannounced);
        unannounced.clear();
        flushed.forEach((link, stores) -> stores.forEach((store, heads) -> {
            List<Head> all = List.copyOf(heads.values());
            for (int i = 0; i < all.size(); i += ANNOUNCED_AT_ONCE) {
                List<Head> some = all.subList(i, Math.min(all.size(), i + ANNOUNCED_AT_ONCE));
                if (!link.send(new Message.Announce(store, some))) {
                    refused.add(() -> some.forEach(head -> announceTo(link, store, head)));
                }
            }
        }));
        refused.forEach(Runnable::run);
    }
}
