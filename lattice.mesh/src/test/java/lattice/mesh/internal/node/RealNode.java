package lattice.mesh.internal.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.identity.IdentityFile;
import lattice.kernel.internal.node.NodeKernel;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.StateMachines;
import lattice.kernel.membership.Membership;
import lattice.mesh.internal.link.LinkPort;
import lattice.mesh.internal.link.TlsIdentity;
import lattice.mesh.internal.protocol.Contact;
import lattice.mesh.internal.protocol.Settings;

/** A whole kernel on a disk with real links, without a framework around it. */
final class RealNode implements AutoCloseable {
    private final Map<StoreId, Membership> memberships = new HashMap<>();
    private final NodeKernel kernel;
    private final LinkPort port;
    private final int at;
    private final StoreId mesh;
    private MeshNode node;

    /** @param mesh which to join; null to found one */
    RealNode(Path home, StoreId mesh) throws Exception {
        kernel = new NodeKernel(home, System::currentTimeMillis, new DiskFiles(), StateMachines.NONE,
                new NodeKernel.StoreListener() {
                    @Override
                    public void opened(Engine store) {
                    }

                    @Override
                    public void founded(Engine root, Membership membership) {
                        memberships.put(root.id(), membership);
                    }

                    @Override
                    public void closing(Engine store) {
                    }
                });
        this.mesh = mesh == null ? kernel.root().id() : mesh;
        if (mesh != null) {
            kernel.join(mesh);
        }
        port = new LinkPort(new TlsIdentity(key(home)), (peer, asked, from) -> {
            throw new AssertionError("Nobody asks to join here.");
        });
        at = port.listen("127.0.0.1", 0);
    }

    static Fixture.Key25519 key(Path home) throws IOException {
        Identity identity = new IdentityFile(home.resolve("identity.key")).loadOrCreate();
        return new Fixture.Key25519(identity.id(), identity.privateKey());
    }

    /** Begins to take part in the mesh's traffic. */
    void start(Contact... seeds) {
        node = new MeshNode(members(), id(), List.of(address()), List.of(seeds), port, Settings.DEFAULT, () -> { });
        node.add(store().replica());
    }

    /** Is cut off from all others. */
    void cutOff() {
        node.close();
        node = null;
    }

    NodeId id() {
        return kernel.id();
    }

    StoreId mesh() {
        return mesh;
    }

    int at() {
        return at;
    }

    String address() {
        return "127.0.0.1:" + at;
    }

    Contact contact() {
        return new Contact(id(), List.of(address()));
    }

    MeshNode node() {
        return node;
    }

    Membership members() {
        return memberships.get(mesh);
    }

    Engine store() {
        return kernel.root().id().equals(mesh) ? kernel.root()
                : kernel.joinedRoots().stream().filter(root -> root.id().equals(mesh)).findFirst().orElseThrow();
    }

    void put(String key, String value) {
        store().writeAsNode(Transaction.of(new Mutation.Put(new Key(key), value)));
    }

    String get(String key) {
        return store().get(new Key(key)).map(Entry::text).orElse("-");
    }

    byte[] digest() {
        return store().digest(Prefix.ALL).hash();
    }

    @Override
    public void close() {
        if (node != null) {
            node.close();
        }
        port.close();
        kernel.close();
    }
}
