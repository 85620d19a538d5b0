package lattice.kernel.internal.node;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.SystemTables;
import lattice.kernel.internal.validity.Act;
import lattice.kernel.internal.validity.ActCodec;
import lattice.kernel.internal.validity.Chain;
import lattice.kernel.internal.validity.Mark;
import lattice.kernel.internal.validity.Standing;
import lattice.kernel.internal.validity.Validity;
import lattice.kernel.membership.Checkpointing;
import lattice.kernel.membership.DeclaredStore;
import lattice.kernel.membership.DeclaredStores;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Role;

/** The members of a mesh, by the control commits of its root store. */
public final class MeshMembership implements Membership {
    /** What an act says of chains must fit into a value, with room to spare; a node has one for each store and restore. */
    private static final int MAX_MARKS = 1024;

    private final NodeId self;
    private final Engine root;
    private final Supplier<Collection<Engine>> stores;
    private final Function<Collection<String>, Map<StoreId, Map<Author, Engine.ChainHead>>> onceOpen;
    private final DeclaredStores declared;
    private final Checkpointing checkpoints;

    /**
     * @param stores the open stores of the mesh, the root store included
     * @param onceOpen how far the chains of child stores had come that were open here once, by their names
     */
    MeshMembership(NodeId self, Engine root, Supplier<Collection<Engine>> stores,
            Function<Collection<String>, Map<StoreId, Map<Author, Engine.ChainHead>>> onceOpen, DeclaredStores declared,
            Checkpointing checkpoints) {
        this.self = self;
        this.root = root;
        this.stores = stores;
        this.onceOpen = onceOpen;
        this.declared = declared;
        this.checkpoints = checkpoints;
    }

    @Override
    public StoreId mesh() {
        return root.id();
    }

    private Optional<Validity> validity() {
        return root.control().validity();
    }

    @Override
    public Optional<NodeId> founder() {
        return validity().map(Validity::founder);
    }

    @Override
    public List<Member> members() {
        return validity().map(validity -> validity.standings().stream().map(this::member).toList()).orElse(List.of());
    }

    @Override
    public Optional<Member> member(NodeId node) {
        return validity().flatMap(validity -> validity.standings().stream()
                .filter(standing -> standing.node().equals(node)).findFirst()).map(this::member);
    }

    private Member member(Standing standing) {
        Optional<Act.Grant> grant = standing.grant().map(statement -> (Act.Grant) statement.act());
        List<String> addresses = announced(standing.node())
                .or(() -> grant.map(Act.Grant::addresses)).orElse(List.of());
        return new Member(standing.node(), standing.admin() ? Role.ADMIN : Role.MEMBER, standing.member(),
                !standing.forks().isEmpty(), grant.map(Act.Grant::name).orElse(""), addresses,
                standing.admission().map(statement -> statement.position().author().node()),
                standing.admission().map(statement -> statement.time().instant()),
                standing.revocation().map(statement -> statement.time().instant()));
    }

    private Optional<List<String>> announced(NodeId node) {
        return root.get(addressesOf(node)).map(Entry::text).map(text -> Arrays.stream(text.split("\n"))
                .filter(line -> !line.isBlank() && line.length() <= 262).limit(ActCodec.MAX_ADDRESSES).toList());
    }

    private static Key addressesOf(NodeId node) {
        return new Key(SystemTables.PEERS.path() + "/" + node.hex() + "/addresses");
    }

    @Override
    public boolean isMember(NodeId node) {
        return validity().map(validity -> validity.isMember(node)).orElse(false);
    }

    @Override
    public boolean wasEverMember(NodeId node) {
        return validity().map(validity -> validity.wasEverMember(node)).orElse(false);
    }

    @Override
    public boolean mayInvite() {
        return validity().map(validity -> validity.isAdmin(self)).orElse(false);
    }

    @Override
    public boolean isUsed(byte[] inviteHash) {
        Hash hash = Hash.from(inviteHash, 0);
        return validity().map(validity -> validity.isUsed(hash)).orElse(false);
    }

    @Override
    public void grant(NodeId node, Role role, Optional<byte[]> inviteHash, String name, List<String> addresses) {
        Validity validity = mayDecideOn(node);
        Set<Hash> lifts = validity.revocationsOf(node);
        if (validity.isMember(node) && (role == Role.MEMBER || validity.isAdmin(node))) {
            throw new StoreException(StoreException.Code.DENIED, "Node " + node.shortId() + " is "
                    + (validity.isAdmin(node) ? "an administrator" : "a member") + " already.");
        }
        Map<Chain, Mark> marks = marks(node);
        if (marks.size() > MAX_MARKS) {
            throw new StoreException(StoreException.Code.DENIED, "Node " + node.shortId() + " has begun to write anew "
                    + marks.size() + " times, and a grant can say of " + MAX_MARKS + " how far they had come: let it join with another key.");
        }
        say(node, new Act.Grant(role == Role.ADMIN, inviteHash.map(hash -> Hash.from(hash, 0)), name, addresses,
                marks, lifts));
    }

    @Override
    public void demote(NodeId node) {
        if (!mayDecideOn(node).isAdmin(node)) {
            throw new StoreException(StoreException.Code.DENIED, "Node " + node.shortId() + " is no administrator.");
        }
        say(node, new Act.Revoke(true, cuts(node)));
    }

    @Override
    public void revoke(NodeId node, boolean unseen) {
        Validity validity = mayDecideOn(node);
        if (!validity.isMember(node)) {
            throw new StoreException(StoreException.Code.DENIED, "Node " + node.shortId() + " is not a member.");
        }
        List<String> notHeld = declared.list().stream().filter(store -> store.openAs().isEmpty() && store.isFor(node))
                .map(DeclaredStore::name).toList();
        if (!unseen && !notHeld.isEmpty()) {
            throw new StoreException(StoreException.Code.DENIED, "What node " + node.shortId() + " has written in "
                    + String.join(", ", notHeld) + " is not held here, so it would count no more. Remove the node at an"
                    + " administrator that holds it, or use --force.");
        }
        say(node, new Act.Revoke(false, cuts(node)));
    }

    @Override
    public void leave() {
        if (founder().filter(self::equals).isPresent()) {
            throw new StoreException(StoreException.Code.DENIED,
                    "This node founded the mesh and is where all grants come from: it can't leave.");
        }
        say(self, new Act.Revoke(false, cuts(self)));
    }

    @Override
    public void announce(List<String> addresses) {
        String text = String.join("\n", addresses);
        if (isMember(self) && !root.get(addressesOf(self)).map(Entry::text).orElse("").equals(text)) {
            root.writeAsNode(Transaction.of(new Mutation.Put(addressesOf(self), text)));
        }
    }

    private Validity mayDecideOn(NodeId node) {
        Validity validity = validity().orElseThrow(() -> new StoreException(StoreException.Code.DENIED,
                "Who founded this mesh is not known here yet: wait until its store has arrived."));
        if (!validity.isAdmin(self)) {
            throw new StoreException(StoreException.Code.DENIED,
                    "This node is no administrator of mesh " + mesh().shortId() + ": do it at one that is.");
        }
        if (!validity.mayDecideOn(self, node)) {
            throw new StoreException(StoreException.Code.DENIED, "Node " + node.shortId() + member(node)
                    .flatMap(Member::grantedBy).map(by -> " is as near to the founder as this one, by who let whom in: "
                            + "only who is nearer can decide on it, such as node " + by.shortId() + ".")
                    .orElse(" founded the mesh: nobody can decide on it."));
        }
        return validity;
    }

    /** How far a node's chains have come here, in all stores of the mesh. */
    private Map<Chain, Mark> marks(NodeId node) {
        Map<StoreId, Map<Author, Engine.ChainHead>> heads = new HashMap<>(onceOpen.apply(declared.list().stream()
                .filter(store -> !store.isFor(self)).map(DeclaredStore::name).toList()));
        stores.get().forEach(store -> heads.put(store.id(), store.heads()));
        Map<Chain, Mark> marks = new HashMap<>();
        heads.forEach((store, chains) -> chains.forEach((author, head) -> {
            if (author.node().equals(node)) {
                marks.put(new Chain(store, author.epoch()), new Mark(head.sequence(), head.hash()));
            }
        }));
        return marks;
    }

    /** Those of its longest chains; what else it wrote counts not at all then, so that nobody has too many to be revoked. */
    private Map<Chain, Mark> cuts(NodeId node) {
        return marks(node).entrySet().stream().sorted(Comparator.comparingLong(
                (Map.Entry<Chain, Mark> each) -> each.getValue().sequence()).reversed()).limit(MAX_MARKS)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private void say(NodeId subject, Act act) {
        root.writeAsNode(Transaction.of(new Mutation.Put(new Key(SystemTables.PEERS.path() + "/" + subject.hex()),
                ActCodec.encode(act))));
    }

    @Override
    public DeclaredStores stores() {
        return declared;
    }

    @Override
    public Checkpointing checkpoints() {
        return checkpoints;
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
        return root.onPeersChange(listener);
    }
}
