package lattice.registry.internal.overview;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Key;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Presence;
import lattice.kernel.membership.Role;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.declaration.Policy;
import lattice.registry.internal.status.NodeWord;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import org.junit.jupiter.api.Test;

class MeshOverviewTest {
    private static final ServiceId SERVICE = new ServiceId("a");
    private static final NodeId SELF = TestNodeStatus.NODE;

    private final InMemoryStore root = new InMemoryStore();
    private final List<Member> members = new ArrayList<>(List.of(member(SELF, "me", true)));
    private final Map<NodeId, Presence> presences = new HashMap<>();

    @Test
    void countsWhatAllTheNodesDo() {
        declare("{\"type\":\"Global\"}");
        for (int i = 1; i <= 3; i++) {
            says(node(i), "Running");
        }
        says(node(4), "Refused");
        says(node(5), "AwaitingConsent");
        says(node(6), "AwaitingConsent");
        says(node(7), "Running");
        presences.put(node(7), Presence.GONE);
        says(node(8), "BackingOff");
        joins(node(9));
        assertThat(overview().summary(SERVICE)).isEqualTo(
                "3 running, 1 failing, 1 refuses, 2 awaiting consent, 2 no word yet, 1 offline");
    }

    @Test
    void saysNothingOfNodesThatAreNotMeantAndOfThoseThatAreGoneForGood() {
        declare("{\"type\":\"TaggedNodes\",\"tags\":[\"edge\"]}");
        joins(node(1));
        says(node(2), "Running");
        members.set(2, member(node(2), "", false));
        joins(node(3));
        root.put(new Key("/nodes/" + node(3) + "/tags"), "{\"v\":1,\"tags\":[\"edge\"]}");
        assertThat(overview().summary(SERVICE)).isEqualTo("1 no word yet");
        assertThat(overview().standings(SERVICE)).filteredOn(NodeStanding::isMeant)
                .extracting(standing -> standing.member().node()).containsExactly(node(3));
        assertThat(overview().standings(SERVICE, Optional.of(new Policy.Global()))).allMatch(NodeStanding::isMeant)
                .hasSize(3);
    }

    @Test
    void tellsWhoRunsWithAnOlderDeclaration() {
        declare("{\"type\":\"Global\"}");
        String version = Declarations.inWords(root.get(Declarations.place(SERVICE)).orElseThrow().version());
        joins(node(1));
        joins(node(2));
        for (String each : List.of(version, "2020-01-01T00:00:00Z/0@00000000")) {
            NodeId node = each.equals(version) ? node(1) : node(2);
            root.put(new Key("/nodes/" + node + "/services/a"), "{\"v\":1,\"state\":\"Running\",\"endpoints\":[{\"protocol\":"
                    + "\"irc\",\"host\":\"::1\",\"port\":6667}],\"configVersion\":\"" + each + "\"}");
        }
        assertThat(standing(1).isCurrent()).contains(true);
        assertThat(standing(2).isCurrent()).contains(false);
        assertThat(standing(2).told().orElseThrow().endpoints()).hasToString("[irc://[::1]:6667]");
    }

    @Test
    void whatOtherNodesWriteIsReadWithDistrust() {
        declare("{\"type\":\"Global\"}");
        List<String> lies = List.of("", "{", "[]", "{\"v\":2,\"state\":\"Running\"}", "{\"v\":1,\"state\":\"Glorious\"}",
                "{\"v\":1,\"state\":[\"Running\"],\"endpoints\":{\"port\":1}}",
                "{\"v\":1,\"state\":\"" + "x".repeat(100_000) + "\"}", "[".repeat(5000));
        for (int i = 0; i < lies.size(); i++) {
            joins(node(i));
            root.put(new Key("/nodes/" + node(i) + "/services/a"), lies.get(i));
            root.put(new Key("/nodes/" + node(i) + "/tags"), lies.get(i));
        }
        root.put(new Key("/nodes/nobody/services/a"), "{}");
        root.put(new Key("/nodes/" + node(1) + "/services/Not A Service"), "{}");
        root.put(new Key("/nodes/" + node(1)), "{}");
        joins(node(50));
        root.put(new Key("/nodes/" + node(50) + "/services/a"), "{\"v\":1,\"state\":\"Running\",\"endpoints\":["
                + "{\"port\":0},{\"port\":70000},{\"host\":7,\"port\":1}],\"startedAt\":\"yesterday\"}");
        root.put(new Key("/nodes/" + node(50) + "/tags"), "{\"v\":1,\"tags\":[\"good\",\"b a d\",7,[]]}");
        assertThat(overview().summary(SERVICE)).isEqualTo("1 running, 9 no word yet");
        assertThat(standing(50).told().orElseThrow().endpoints()).hasToString("[://:1]");
        assertThat(standing(50).told().orElseThrow().startedAt()).isEmpty();
        assertThat(standing(50).tags()).containsExactly("7", "good");
    }

    @Test
    void namesAuthorsWithTheirRoles() {
        members.add(new Member(node(1), Role.ADMIN, true, false, "ann", List.of(), Optional.of(SELF), Optional.empty(),
                Optional.empty()));
        members.add(member(node(2), "ben", false));
        assertThat(overview().who(SELF)).isEqualTo("this node (" + SELF.shortId() + ", founder)");
        assertThat(overview().who(node(1))).isEqualTo("ann (" + node(1).shortId() + ", admin)");
        assertThat(overview().who(node(2))).isEqualTo("ben (" + node(2).shortId() + ", removed)");
        assertThat(overview().who(node(3))).isEqualTo(node(3).shortId() + " (a stranger)");
    }

    private NodeStanding standing(int number) {
        return overview().standings(SERVICE).stream().filter(each -> each.member().node().equals(node(number)))
                .findFirst().orElseThrow();
    }

    private void declare(String policy) {
        root.put(Declarations.place(SERVICE), "{\"v\":1,\"policy\":" + policy + "}");
    }

    private void joins(NodeId node) {
        members.add(member(node, "", true));
    }

    private void says(NodeId node, String state) {
        joins(node);
        root.put(new Key("/nodes/" + node + "/services/a"), "{\"v\":1,\"state\":\"" + state + "\",\"endpoints\":[]}");
    }

    private static NodeId node(int number) {
        return new NodeId(String.format("%064x", 0xabc0 + number));
    }

    private static Member member(NodeId node, String name, boolean present) {
        return new Member(node, Role.MEMBER, present, false, name, List.of(),
                node.equals(SELF) ? Optional.empty() : Optional.of(SELF), Optional.empty(), Optional.empty());
    }

    private MeshOverview overview() {
        Membership membership = (Membership) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { Membership.class }, (proxy, method, arguments) -> switch (method.getName()) {
                    case "mesh" -> root.id();
                    case "members" -> List.copyOf(members);
                    case "member" -> members.stream().filter(each -> each.node().equals(arguments[0])).findFirst();
                    default -> throw new UnsupportedOperationException(method.toString());
                });
        SortedSet<String> tags = new TreeSet<>(Set.of());
        return new MeshOverview(membership, SELF, root, new TreeMap<>(), new NodeWord(tags, new TreeMap<>()),
                node -> Optional.of(presences.getOrDefault(node, Presence.UP)));
    }
}
