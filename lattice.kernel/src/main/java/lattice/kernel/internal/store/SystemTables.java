package lattice.kernel.internal.store;

import java.util.List;
import lattice.api.id.NodeId;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;

/** The part of a root store that says what the mesh is, and who may write there. */
public final class SystemTables {
    static final Prefix SERVICES = new Prefix("/services");
    public static final Prefix PEERS = new Prefix("/peers");
    public static final Prefix STORES = new Prefix("/stores");
    static final Prefix NODES = new Prefix("/nodes");
    private static final List<Prefix> CONTROL = List.of(SERVICES, PEERS, STORES);

    private SystemTables() {
    }

    /** Whether a key may be among those that not every member writes; nearly every other is told by its second byte. */
    static boolean maybeHolds(byte[] key) {
        return key[1] == 's' || key[1] == 'p' || key[1] == 'n';
    }

    /** Whether a write there is a control commit: for administrators, and alone in its commit. */
    static boolean isControl(Key key) {
        String path = key.path();
        // Nearly every key is told apart by its second character.
        return (path.charAt(1) == 's' || path.charAt(1) == 'p') && CONTROL.stream().anyMatch(table -> table.contains(key));
    }

    /** Whether a key is about some node; {@code /nodes/{id}} and below are that node's own. */
    static boolean isAboutNodes(Key key) {
        return NODES.contains(key);
    }

    /** Whether a key is among those that one node alone writes. */
    static boolean isOf(NodeId node, Key key) {
        return new Prefix(NODES.path() + "/" + node.hex()).contains(key);
    }

    /** Whether a key holds how a node can be reached, which that node says itself. */
    static boolean isAddressesOf(NodeId node, Key key) {
        return key.path().equals(PEERS.path() + "/" + node.hex() + "/addresses");
    }

    /** What an actor may not write at this node, whatever its ACL and the mesh say. */
    static void checkWrite(Actor actor, NodeId self, boolean rootStore, Key key) {
        if (actor instanceof Actor.OfService service) {
            if (!service.acl().mayWrite(key)) {
                throw denied("Service " + service.id() + " may not write " + key + ": it is outside what it was allowed.");
            }
            if (rootStore && isControl(key)) {
                throw denied("Service " + service.id() + " may not write " + key
                        + ": /services, /peers and /stores are for administrators alone.");
            }
            if (rootStore && isAboutNodes(key)
                    && new Prefix(NODES.path() + "/" + self.hex() + "/services").contains(key)) {
                throw denied("Service " + service.id() + " may not write " + key
                        + ": the node itself says there what runs on it.");
            }
        }
        if (rootStore && isAboutNodes(key) && !isOf(self, key)) {
            throw denied("This node may not write " + key + ": below /nodes each node writes only its own "
                    + NODES + "/{id}.");
        }
    }

    /** What an actor may not read. */
    static void checkRead(Actor actor, Key key) {
        if (actor instanceof Actor.OfService service && !service.acl().mayRead(key)) {
            throw denied("Service " + service.id() + " may not read " + key + ": it is outside what it was allowed.");
        }
    }

    /** What an actor may not read, of a prefix as a whole. */
    static void checkRead(Actor actor, Prefix prefix) {
        if (actor instanceof Actor.OfService service && !service.acl().mayRead(prefix)) {
            throw denied("Service " + service.id() + " may not read " + prefix
                    + " as a whole: some of it is outside what it was allowed.");
        }
    }

    private static StoreException denied(String message) {
        return new StoreException(StoreException.Code.DENIED, message);
    }
}
