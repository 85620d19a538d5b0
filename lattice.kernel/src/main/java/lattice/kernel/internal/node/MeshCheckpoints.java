package lattice.kernel.internal.node;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.SystemTables;
import lattice.kernel.internal.validity.Checkpoint;
import lattice.kernel.internal.validity.CheckpointChain;
import lattice.kernel.internal.validity.CheckpointCodec;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.validity.Validity;
import lattice.kernel.membership.Checkpointing;
import lattice.kernel.membership.StoreCheckpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the checkpoints of a mesh's stores, if that is for this node to do. */
final class MeshCheckpoints implements Checkpointing {
    private static final Logger LOG = LoggerFactory.getLogger(MeshCheckpoints.class);
    private static final Key DELEGATE = new Key(SystemTables.STORES.path() + "/root/delegate");
    private static final String ROOT = "root";
    private static final int MAX_LATE = 100;
    /** What is not worth a checkpoint, however old it is. */
    private static final long LITTLE_BYTES = 1024 * 1024;

    private final Identity identity;
    private final Engine root;
    private final Supplier<Map<String, Engine>> children;
    private final CheckpointPolicy policy;
    private final Map<StoreId, Long> lastMade = new HashMap<>();
    private final long started = System.nanoTime();

    /** @param children the open child stores, by name */
    MeshCheckpoints(Identity identity, Engine root, Supplier<Map<String, Engine>> children, CheckpointPolicy policy) {
        this.identity = identity;
        this.root = root;
        this.children = children;
        this.policy = policy;
    }

    @Override
    public List<StoreCheckpoint> list() {
        List<StoreCheckpoint> all = new ArrayList<>(List.of(about(ROOT, root)));
        children.get().forEach((name, store) -> all.add(about(name, store)));
        return all;
    }

    private StoreCheckpoint about(String name, Engine store) {
        Optional<Checkpoint> last = root.control().checkpointsOf(store.id()).last();
        return new StoreCheckpoint(store.id(), name, last.map(Checkpoint::number).orElse(0L),
                last.map(checkpoint -> checkpoint.horizon().instant()), last.map(Checkpoint::by), store.settledNumber(),
                last.map(Checkpoint::bytes).orElse(0L), store.uncoveredBytes(), store.lateWrites(MAX_LATE),
                store.checkpointProblem());
    }

    @Override
    public boolean mayMake() {
        return isFounder() || delegation().isPresent();
    }

    private boolean isFounder() {
        return root.control().founder().filter(identity.id()::equals).isPresent();
    }

    @Override
    public Optional<NodeId> maker() {
        Optional<Validity> validity = root.control().validity();
        return delegate().map(word -> word.node).filter(node -> validity.get().isAdmin(node)).or(() -> root.control().founder());
    }

    private record Word(NodeId node, byte[] signature) {
    }

    private Optional<Word> delegate() {
        Optional<String[]> words = root.get(DELEGATE).map(Entry::text).map(text -> text.strip().split(" "));
        return words.filter(word -> word.length == 2 && word[0].matches("[0-9a-f]{64}") && word[1].matches("[0-9a-f]{128}"))
                .map(word -> new Word(new NodeId(word[0]), HexFormat.of().parseHex(word[1])))
                .filter(word -> root.control().founder().map(founder -> Identity.verify(founder,
                        CheckpointCodec.delegation(root.id(), word.node), word.signature)).orElse(false));
    }

    /** The founder's word that this node may make checkpoints, if it was given. */
    private Optional<byte[]> delegation() {
        return delegate().filter(word -> word.node.equals(identity.id())).map(Word::signature);
    }

    @Override
    public void delegate(Optional<NodeId> node) {
        if (!isFounder()) {
            throw new StoreException(StoreException.Code.DENIED, "Only the founder of mesh " + root.id().shortId()
                    + " can let another node make its checkpoints.");
        }
        Validity validity = root.control().validity().orElseThrow();
        if (node.isPresent() && !validity.isAdmin(node.get())) {
            throw new StoreException(StoreException.Code.DENIED, "Node " + node.get().shortId()
                    + " is no administrator of mesh " + root.id().shortId() + ": only one can make checkpoints.");
        }
        Mutation said = node.isEmpty() ? new Mutation.Delete(DELEGATE) : new Mutation.Put(DELEGATE, node.get().hex() + " "
                + HexFormat.of().formatHex(identity.sign(CheckpointCodec.delegation(root.id(), node.get()))) + "\n");
        root.writeAsNode(Transaction.of(said));
    }

    @Override
    public Optional<Long> make(String name, Optional<Duration> grace) throws IOException {
        Engine store = name.equals(ROOT) ? root : children.get().get(name);
        if (store == null) {
            throw new IOException("No store of mesh " + root.id().shortId() + " that is open here is called " + name + ".");
        }
        if (!mayMake()) {
            throw new StoreException(StoreException.Code.DENIED, "Checkpoints of mesh " + root.id().shortId()
                    + " are made by node " + maker().map(NodeId::shortId).orElse("?") + ", not by this one.");
        }
        return make(name, store, grace.orElse(defaultGrace()));
    }

    /** Nobody can be cut off from a node that is alone. */
    private Duration defaultGrace() {
        return isAlone() ? Duration.ZERO : policy.grace();
    }

    private boolean isAlone() {
        return root.control().validity().map(validity -> validity.standings().size() == 1).orElse(true);
    }

    private synchronized Optional<Long> make(String name, Engine store, Duration grace) throws IOException {
        long under = 0;
        if (store != root) {
            if (!isRootSettled()) {
                make(ROOT, root, grace);
            }
            under = root.control().checkpointsOf(root.id()).last().map(Checkpoint::number).orElse(0L);
        }
        Optional<byte[]> delegation = isFounder() ? Optional.empty() : delegation();
        Optional<Checkpoint> made = store.makeCheckpoint(root.id(), grace, under, delegation);
        lastMade.put(store.id(), System.nanoTime());
        if (made.isEmpty()) {
            return Optional.empty();
        }
        root.writeAsNode(Transaction.of(new Mutation.Put(new Key(SystemTables.STORES.path() + "/" + name + "/checkpoint"),
                CheckpointCodec.encode(made.get()))));
        store.settle();
        LOG.info("Made checkpoint {} of store {}.", made.get().number(), store.name());
        return Optional.of(made.get().number());
    }

    /** Whether the root store's last checkpoint says of nodes what is known now. */
    private boolean isRootSettled() {
        Control control = root.control();
        CheckpointChain chain = control.checkpointsOf(root.id());
        return chain.last().map(control::isSettledAsNow).orElse(false);
    }

    /** Makes what is due. */
    void makeDue() {
        if (!mayMake()) {
            return;
        }
        Map<String, Engine> all = new HashMap<>(children.get());
        all.put(ROOT, root);
        all.forEach((name, store) -> {
            long grown = store.uncoveredBytes();
            long age = System.nanoTime() - lastMade.getOrDefault(store.id(), started);
            long last = root.control().checkpointsOf(store.id()).last().map(Checkpoint::bytes).orElse(0L);
            // Each writes the whole state: of a large one less often, or the disk would do little else.
            if (grown > Math.max(policy.bytes(), last / 2) || grown > LITTLE_BYTES && age > policy.age().toNanos()) {
                try {
                    make(name, store, defaultGrace());
                    store.compactIfDue();
                } catch (IOException | StoreException e) {
                    if (e instanceof StoreException known && known.code() == StoreException.Code.CLOSED) {
                        LOG.debug("Store {} was closed while a checkpoint of it was made", store.name(), e);
                    } else {
                        LOG.warn("No checkpoint of store {} could be made: {}", store.name(), e.getMessage());
                    }
                }
            }
        });
    }
}
