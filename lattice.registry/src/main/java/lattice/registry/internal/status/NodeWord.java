package lattice.registry.internal.status;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Entry;
import lattice.api.store.Prefix;
import lattice.api.store.Store;

/**
 * What a node last told a mesh about itself.
 *
 * @param tags its tags
 * @param services how services are there
 */
public record NodeWord(SortedSet<String> tags, SortedMap<ServiceId, Published> services) {
    /** A node that has told nothing. */
    public static final NodeWord NONE = new NodeWord(Collections.emptySortedSet(), Collections.emptySortedMap());

    private static final Prefix NODES = new Prefix("/nodes");

    /** The words of all nodes of a mesh that said anything. */
    public static Map<NodeId, NodeWord> all(Store root) {
        Map<NodeId, NodeWord> words = new HashMap<>();
        try (var entries = root.scan(NODES)) {
            entries.forEach(entry -> take(entry, words));
        }
        return words;
    }

    private static void take(Entry entry, Map<NodeId, NodeWord> words) {
        String[] segments = entry.key().segments();
        Optional<NodeId> node = node(segments[1]);
        if (node.isEmpty() || segments.length < 3) {
            return;
        }
        if (segments.length == 3 && segments[2].equals("tags")) {
            word(words, node.get()).tags().addAll(Published.tags(entry));
        } else if (segments.length == 4 && segments[2].equals("services")) {
            service(segments[3]).ifPresent(service -> word(words, node.get()).services()
                    .put(service, Published.status(entry)));
        }
    }

    private static NodeWord word(Map<NodeId, NodeWord> words, NodeId node) {
        return words.computeIfAbsent(node, id -> new NodeWord(new TreeSet<>(), new TreeMap<>()));
    }

    private static Optional<NodeId> node(String hex) {
        try {
            return Optional.of(new NodeId(hex));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<ServiceId> service(String name) {
        try {
            return Optional.of(new ServiceId(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
