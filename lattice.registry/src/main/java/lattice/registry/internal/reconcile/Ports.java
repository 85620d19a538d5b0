package lattice.registry.internal.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/** Finds whole numbers in a config that may be ports. */
final class Ports {
    private Ports() {
    }

    static void in(JsonNode node, Set<Integer> found) {
        if (node.isInt() && node.intValue() >= 1 && node.intValue() <= 65535) {
            found.add(node.intValue());
        }
        node.forEach(child -> in(child, found));
    }
}
