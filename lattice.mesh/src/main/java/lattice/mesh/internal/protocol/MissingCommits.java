package lattice.mesh.internal.protocol;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.ToLongBiFunction;
import lattice.api.id.NodeId;
import lattice.api.store.Author;

/**
 * Commits that others are known to have and this node has not, by author. There is room for so many authors; one peer that
 * announces them, or one node that begins ever new epochs, can't fill it for all.
 */
final class MissingCommits {
    static final int MAX_AUTHORS = 8192;
    private static final int MAX_SOURCES = 8;

    /** What is missing of an author. */
    static final class Missing {
        private final PeerLink first;
        private final Set<PeerLink> sources = new LinkedHashSet<>();
        private long upTo;
        private long due;
        private boolean graft;

        private Missing(PeerLink first, long due) {
            this.first = first;
            this.due = due;
        }

        /** Up to which number. */
        long upTo() {
            return upTo;
        }

        /** Who has it. */
        Set<PeerLink> sources() {
            return sources;
        }

        /** When it is to be asked for: until then it may come by itself. */
        long due() {
            return due;
        }

        void dueAt(long time) {
            due = time;
        }

        /** Whether who has it is to push from now on what it learns. */
        boolean graft() {
            return graft;
        }
    }

    private final Map<Author, Missing> byAuthor = new LinkedHashMap<>();
    /** How many authors each peer was the first to tell of, and how many there are of each node. */
    private final Map<PeerLink, Integer> ofPeers = new HashMap<>();
    private final Map<NodeId, Integer> ofNodes = new HashMap<>();

    /**
     * A peer has an author's commits up to a number.
     *
     * @param due when they are to be asked for, if that was not known
     * @return whether there was room to note it
     */
    boolean add(PeerLink source, Author author, long upTo, boolean graft, long due) {
        Missing missing = byAuthor.get(author);
        if (missing == null) {
            if (!hasRoom(source, author.node())) {
                return false;
            }
            missing = new Missing(source, due);
            byAuthor.put(author, missing);
            ofPeers.merge(source, 1, Integer::sum);
            ofNodes.merge(author.node(), 1, Integer::sum);
        }
        missing.upTo = Math.max(missing.upTo, upTo);
        missing.graft |= graft;
        if (missing.sources.size() < MAX_SOURCES) {
            missing.sources.add(source);
        }
        return true;
    }

    private boolean hasRoom(PeerLink source, NodeId node) {
        return byAuthor.size() < MAX_AUTHORS / 2 || byAuthor.size() < MAX_AUTHORS
                && ofPeers.getOrDefault(source, 0) < MAX_AUTHORS / 2 && ofNodes.getOrDefault(node, 0) < MAX_AUTHORS / 4;
    }

    Optional<Missing> of(Author author) {
        return Optional.ofNullable(byAuthor.get(author));
    }

    void remove(Author author) {
        Missing missing = byAuthor.remove(author);
        if (missing != null) {
            forget(author, missing);
        }
    }

    void removeIf(BiPredicate<Author, Missing> condition) {
        byAuthor.entrySet().removeIf(each -> {
            boolean removed = condition.test(each.getKey(), each.getValue());
            if (removed) {
                forget(each.getKey(), each.getValue());
            }
            return removed;
        });
    }

    private void forget(Author author, Missing missing) {
        ofPeers.computeIfPresent(missing.first, (key, count) -> count == 1 ? null : count - 1);
        ofNodes.computeIfPresent(author.node(), (key, count) -> count == 1 ? null : count - 1);
    }

    void forEach(BiConsumer<Author, Missing> action) {
        byAuthor.forEach(action);
    }

    long sum(ToLongBiFunction<Author, Missing> number) {
        return byAuthor.entrySet().stream().mapToLong(each -> number.applyAsLong(each.getKey(), each.getValue())).sum();
    }

    boolean isEmpty() {
        return byAuthor.isEmpty();
    }
}
