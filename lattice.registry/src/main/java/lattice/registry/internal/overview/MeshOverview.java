package lattice.registry.internal.overview;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Entry;
import lattice.api.store.Store;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Presence;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.DeclarationFormat;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.declaration.Policy;
import lattice.registry.internal.instance.RunConfig;
import lattice.registry.internal.reconcile.ServiceView;
import lattice.registry.internal.status.NodeWord;
import lattice.registry.internal.status.Published;

/** What all members of a mesh do, from what they publish and whether they seem to be there; as of one moment. */
public final class MeshOverview {
    private final Membership membership;
    private final NodeId self;
    private final Store root;
    private final SortedMap<InstanceKey, ServiceView> here;
    private final Function<NodeId, Optional<Presence>> presences;
    private final NodeWord ownWord;
    private final Map<NodeId, NodeWord> words;

    /**
     * Takes it in.
     *
     * @param root the mesh's root store
     * @param here what this node runs
     * @param ownWord the tags of this node
     * @param presences who is there; empty if nothing watches that
     */
    MeshOverview(Membership membership, NodeId self, Store root, SortedMap<InstanceKey, ServiceView> here,
            NodeWord ownWord, Function<NodeId, Optional<Presence>> presences) {
        this.membership = membership;
        this.self = self;
        this.root = root;
        this.here = here;
        this.ownWord = ownWord;
        this.presences = presences;
        this.words = NodeWord.all(root);
    }

    /** The mesh's declaration of a service as it is written, if there is one. */
    public Optional<Entry> declaration(ServiceId service) {
        return root.get(Declarations.place(service));
    }

    /** The policy of the mesh's declaration of a service, if there is one that can be read. */
    public Optional<Policy> policy(ServiceId service) {
        return declaration(service).flatMap(entry -> {
            try {
                return Optional.of(DeclarationFormat.read(entry.value())).map(Declaration::policy);
            } catch (FormatException e) {
                return Optional.empty(); // why is shown where services are explained; here nobody is meant by it
            }
        });
    }

    /** All present members, by id. */
    public List<NodeStanding> standings(ServiceId service) {
        return standings(service, policy(service));
    }

    /** The same, if another policy were declared. */
    public List<NodeStanding> standings(ServiceId service, Optional<Policy> policy) {
        Optional<String> version = declaration(service).map(entry -> Declarations.inWords(entry.version()));
        return membership.members().stream().filter(Member::present)
                .map(member -> standing(member, service, policy, version)).toList();
    }

    /** Such as {@code 3 running, 1 refuses, 1 offline}; says nothing of nodes that the service is not meant for. */
    public String summary(ServiceId service) {
        Map<Standing, Long> counts = standings(service).stream().collect(Collectors.groupingBy(NodeStanding::standing,
                () -> new EnumMap<>(Standing.class), Collectors.counting()));
        counts.remove(Standing.NOT_MEANT);
        return counts.isEmpty() ? "meant for none" : counts.entrySet().stream()
                .map(each -> each.getKey().counted(each.getValue())).collect(Collectors.joining(", "));
    }

    /** Who a node is to people: its name, if it has one, its short id and its role. */
    public String who(NodeId node) {
        return Member.describe(node, membership.member(node), node.equals(self));
    }

    private NodeStanding standing(Member member, ServiceId service, Optional<Policy> policy,
            Optional<String> version) {
        boolean isSelf = member.node().equals(self);
        NodeWord word = isSelf ? ownWord : words.getOrDefault(member.node(), NodeWord.NONE);
        Optional<Published> told = isSelf
                ? Optional.ofNullable(here.get(new InstanceKey(membership.mesh(), service))).map(MeshOverview::published)
                : Optional.ofNullable(word.services().get(service));
        Optional<Presence> presence = isSelf ? Optional.of(Presence.UP) : presences.apply(member.node());
        boolean isMeant = policy.filter(each -> each.means(word.tags())).isPresent();
        boolean isGone = presence.filter(Presence.GONE::equals).isPresent();
        return new NodeStanding(member, isSelf, presence, word.tags(), isMeant,
                Standing.of(told.flatMap(Published::state), isMeant, isGone), told,
                told.flatMap(Published::configVersion).map(with -> version.filter(with::equals).isPresent()));
    }

    private static Published published(ServiceView view) {
        return new Published(Optional.of(view.state()), view.endpoints(), view.startedAt(),
                view.config().map(RunConfig::version));
    }
}
