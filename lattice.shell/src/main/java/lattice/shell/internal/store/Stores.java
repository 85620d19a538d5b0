package lattice.shell.internal.store;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.Syntax;

/** What the store's commands have in common: which store is meant, and which keys could be. */
final class Stores {
    static final String STORE = "--store";
    static final Syntax.Option OPTION = Syntax.Option.of(STORE, "name", "another store than root");
    static final String KEY = "key";
    static final String PREFIX = "prefix";

    private static final int CANDIDATES = 100;

    private Stores() {
    }

    /** The store that was asked for; the node's meta store is not among them. */
    static Store asked(Node node, Arguments arguments) throws CommandException {
        Optional<String> name = arguments.option(STORE);
        if (name.isEmpty()) {
            return node.rootStore();
        }
        Optional<Store> store = node.store(name.get());
        if (store.isEmpty()) {
            throw new CommandException("This node has no store '" + name.get() + "'; it has "
                    + node.stores().stream().map(Store::name).collect(Collectors.joining(", ")) + ".");
        }
        return store.get();
    }

    /** What may stand for a store, a key or a prefix. */
    static List<String> candidates(Node node, String place, Arguments arguments) {
        if (place.equals(STORE)) {
            return node.stores().stream().map(Store::name).toList();
        }
        if (!place.equals(KEY) && !place.equals(PREFIX)) {
            return List.of();
        }
        Optional<Store> store = arguments.option(STORE).map(node::store).orElse(Optional.of(node.rootStore()));
        List<String> typed = arguments.all(place);
        return store.map(found -> children(found, typed.isEmpty() ? "" : typed.get(typed.size() - 1))).orElse(List.of());
    }

    /**
     * The next steps from a path that is being typed: keys, and beginnings of keys with a slash at their end. Each step
     * looks at one key only, however many there are below it.
     */
    private static List<String> children(Store store, String typed) {
        if (!typed.isEmpty() && !typed.startsWith("/")) {
            return List.of();
        }
        int slash = Math.max(0, typed.lastIndexOf('/'));
        String parent = typed.substring(0, slash);
        TreeSet<String> found = new TreeSet<>();
        try {
            Prefix prefix = parent.isEmpty() ? Prefix.ALL : new Prefix(parent);
            Optional<Key> next;
            if (slash + 1 >= typed.length()) {
                next = first(store.scan(prefix));
            } else {
                Key begun = new Key(typed);
                next = store.get(begun).map(Entry::key).or(() -> first(store.scan(prefix, begun)));
            }
            while (next.isPresent() && next.get().path().startsWith(typed) && found.size() < CANDIDATES) {
                String path = next.get().path();
                int end = path.indexOf('/', slash + 1);
                if (end < 0) {
                    found.add(path);
                    next = first(store.scan(prefix, next.get()));
                } else {
                    found.add(path.substring(0, end + 1));
                    next = first(store.scan(prefix, new Key(path.substring(0, end + 1) + Character.toString(0x10ffff))));
                }
            }
        } catch (StoreException e) {
            // What is typed so far is no path, or the store can't be read: nothing to offer.
            return List.of();
        }
        return List.copyOf(found);
    }

    private static Optional<Key> first(Stream<Entry> entries) {
        try (entries) {
            return entries.findFirst().map(Entry::key);
        }
    }
}
