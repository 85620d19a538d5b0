package lattice.consent.internal;

import java.util.List;
import lattice.api.id.StoreId;
import lattice.api.store.Store;
import lattice.kernel.node.Node;
import lattice.shell.CommandException;

/** Finds the mesh that a person means. */
final class Meshes {
    private static final int SHORTEST = 4;

    private final Node node;

    Meshes(Node node) {
        this.node = node;
    }

    StoreId own() {
        return node.rootStore().id();
    }

    /** A mesh by its id or the beginning of it; an id in full may be of a mesh that this node has not joined yet. */
    StoreId named(String text) throws CommandException {
        if (text.matches("[0-9a-f]{64}")) {
            return new StoreId(text);
        }
        List<StoreId> found = node.stores().stream().map(Store::id).filter(id -> id.hex().startsWith(text)).toList();
        if (text.length() < SHORTEST || found.size() != 1) {
            throw new CommandException("'" + text + "' is no mesh of this node; give its id, or at least the first "
                    + SHORTEST + " digits, such as " + own().shortId() + ".");
        }
        return found.get(0);
    }
}
