package lattice.kernel.internal.node;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.SystemTables;
import lattice.kernel.membership.DeclaredStore;
import lattice.kernel.membership.DeclaredStores;

/** What the root store of a mesh says about child stores, which {@link ChildStores} follows. */
final class MeshStores implements DeclaredStores {
    private final NodeId self;
    private final Engine root;
    private final Supplier<Map<String, Engine>> children;
    private final Supplier<Map<String, String>> problems;

    /**
     * @param children the open child stores, by name
     * @param problems why others can't be opened, by name
     */
    MeshStores(NodeId self, Engine root, Supplier<Map<String, Engine>> children, Supplier<Map<String, String>> problems) {
        this.self = self;
        this.root = root;
        this.children = children;
        this.problems = problems;
    }

    @Override
    public List<DeclaredStore> list() {
        Map<String, Engine> open = children.get();
        try (Stream<Entry> declared = root.scan(SystemTables.STORES, null)) {
            return declared.filter(entry -> entry.key().segments().length == 2).map(entry -> about(entry, open)).toList();
        }
    }

    private DeclaredStore about(Entry declared, Map<String, Engine> open) {
        String name = declared.key().segments()[1];
        Optional<String> openAs = Optional.ofNullable(open.get(name)).map(Engine::name);
        try {
            if (StoreDeclaration.isReserved(name)) {
                return new DeclaredStore(name, Set.of(), false, openAs, Optional.of("No child store can be called " + name + "."));
            }
            StoreDeclaration declaration = StoreDeclaration.parse(declared.value());
            return new DeclaredStore(name, declaration.nodes(), declaration.isFor(self), openAs,
                    Optional.ofNullable(problems.get().get(name)));
        } catch (IOException e) {
            return new DeclaredStore(name, Set.of(), false, openAs, Optional.of("The declaration is invalid: " + e.getMessage()));
        }
    }

    @Override
    public void declare(String name, Set<NodeId> nodes) {
        write(new Mutation.Put(key(name), new StoreDeclaration(nodes).encode()));
    }

    @Override
    public boolean undeclare(String name) {
        Key key = key(name);
        if (root.get(key).isEmpty()) {
            return false;
        }
        write(new Mutation.Delete(key));
        return true;
    }

    private static Key key(String name) {
        Key key = new Key(SystemTables.STORES.path() + "/" + name);
        if (key.segments().length != 2 || StoreDeclaration.isReserved(name)) {
            throw new StoreException(StoreException.Code.INVALID_KEY, "No child store can be called '" + name
                    + "': a name has no slash, and root and meta are other stores.");
        }
        return key;
    }

    private void write(Mutation mutation) {
        if (!root.control().validity().map(validity -> validity.isAdmin(self)).orElse(false)) {
            throw new StoreException(StoreException.Code.DENIED, "This node is no administrator of mesh "
                    + root.id().shortId() + ": declare its stores at one that is.");
        }
        root.writeAsNode(Transaction.of(mutation));
    }
}
