package lattice.registry.internal.declaration;

import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which nodes a declaration is meant for. */
public sealed interface Policy {
    /** Whether that includes a node with these tags. */
    boolean means(Set<String> tags);

    /** In words. */
    String inWords();

    /** Every node of the mesh. */
    record Global() implements Policy {
        @Override
        public boolean means(Set<String> tags) {
            return true;
        }

        @Override
        public String inWords() {
            return "Global";
        }
    }

    /**
     * Nodes that have at least one of the tags.
     *
     * @param tags at least one
     */
    record TaggedNodes(SortedSet<String> tags) implements Policy {
        public TaggedNodes {
            tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
        }

        @Override
        public boolean means(Set<String> nodeTags) {
            return tags.stream().anyMatch(nodeTags::contains);
        }

        @Override
        public String inWords() {
            return "TaggedNodes(" + String.join(",", tags) + ")";
        }
    }

    /** The node that it is declared at, by its owner. */
    record LocalOnly() implements Policy {
        @Override
        public boolean means(Set<String> tags) {
            return true;
        }

        @Override
        public String inWords() {
            return "LocalOnly";
        }
    }
}
