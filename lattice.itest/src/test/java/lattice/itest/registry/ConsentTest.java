package lattice.itest.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.api.store.Entry;
import lattice.api.store.Prefix;
import lattice.consent.ConsentValue;
import lattice.consent.Decision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/** The firewall in a whole node: real store, real Config Admin, real components. */
@ExtendWith(BundleContextExtension.class)
@Timeout(120)
class ConsentTest {
    private static final String GLOBAL = "{\"type\":\"Global\"}";
    private static final String TAGGED_HERE = "{\"type\":\"TaggedNodes\",\"tags\":[\"here\"]}";
    private static final String TAGGED_ELSEWHERE = "{\"type\":\"TaggedNodes\",\"tags\":[\"elsewhere\"]}";
    private static final String LOCAL = "{\"type\":\"LocalOnly\"}";

    private Owner owner;

    @BeforeEach
    void begin(@InjectBundleContext BundleContext context) throws Exception {
        owner = new Owner(context);
        Configuration tags = owner.configurations.getConfiguration("lattice.node", "?");
        tags.update(new Hashtable<>(Map.of("tags", new String[] { "here" })));
    }

    @AfterEach
    void end() throws Exception {
        owner.configurations.getConfiguration("lattice.node", "?").delete();
        owner.close();
    }

    static Stream<Arguments> everyCase() {
        return Stream.of(ConsentValue.values()).flatMap(consent -> Stream.of(GLOBAL, TAGGED_HERE, TAGGED_ELSEWHERE,
                LOCAL)
                .flatMap(policy -> Stream.of(true, false).map(declared -> Arguments.of(consent, policy, declared))));
    }

    @ParameterizedTest
    @MethodSource("everyCase")
    void runsWhatIsDeclaredAndConsentedToAndNothingElse(ConsentValue consent, String policy, boolean declared)
            throws Exception {
        boolean meant = policy.equals(GLOBAL) || policy.equals(TAGGED_HERE);
        boolean runs = declared && !policy.equals(LOCAL)
                && (consent == ConsentValue.ALWAYS_ALLOW || consent == ConsentValue.FOLLOW_MESH && meant);
        String name = "matrix-" + consent.word().toLowerCase() + "-" + Math.abs(policy.hashCode()) + "-" + declared;
        String service = owner.deploy(name);
        if (declared) {
            owner.declare(service, "{\"v\":1,\"policy\":" + policy + "}");
        }
        owner.consent(service, consent);
        boolean running = owner.settled(service).filter(each -> each.state() == InstanceState.RUNNING).isPresent();
        assertThat(running).isEqualTo(runs);
        assertThat(owner.probe(name).constructed.get()).as("providers constructed").isEqualTo(runs ? 1 : 0);
        assertThat(owner.probe(name).created.get()).as("factories called").isEqualTo(runs ? 1 : 0);
    }

    @Test
    void withoutConsentNotEvenTheProvidersConstructorRuns() throws Exception {
        String service = owner.deploy("untouched");
        owner.declareGlobal(service, "{}");
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(owner.probe("untouched").constructed).hasValue(0);
        // Reading what it asks for did not wake it either.
        assertThat(owner.proposals.proposal(owner.root.id(), new ServiceId(service)).offer().orElseThrow().title())
                .isEqualTo("A probe");
        assertThat(owner.probe("untouched").constructed).hasValue(0);
    }

    @Test
    void withdrawingStopsItAtOnce() throws Exception {
        String service = running("withdrawn");
        owner.consent(service, ConsentValue.BLOCK);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.REFUSED);
        assertThat(owner.probe("withdrawn").closed).hasValue(1);
    }

    @Test
    void deletingTheEntryStopsItAtOnce() throws Exception {
        String service = running("deleted");
        entry(service).delete();
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(owner.probe("deleted").closed).hasValue(1);
    }

    static Stream<Arguments> damages() {
        return Stream.of(Arguments.of("value", "Perhaps"), Arguments.of("value", 1), Arguments.of("v", 2),
                Arguments.of("limits", new String[] { "/port", "1-2" }), Arguments.of("surprise", "x"),
                Arguments.of("sensitive", new String[] { "/port" }), Arguments.of("provider.location", 7),
                Arguments.of("provider.signer", "both"), Arguments.of("access.read", "x"));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void aDamagedEntryCountsAsNo(String field, Object value) throws Exception {
        String name = "damaged-" + field.replace('.', '-') + "-" + value.getClass().getSimpleName().toLowerCase()
                .charAt(0);
        String service = running(name);
        Configuration entry = entry(service);
        Dictionary<String, Object> properties = entry.getProperties();
        properties.put(field, value);
        entry.update(properties);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(owner.settled(service).orElseThrow().reason()).contains("can't be read");
        assertThat(owner.probe(name).closed).hasValue(1);
        assertThat(owner.firewall.problems()).anyMatch(problem -> problem.contains(service));
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        assertThat(owner.settled(service).orElseThrow().state()).as("consented again").isEqualTo(InstanceState.RUNNING);
    }

    @Test
    void twoEntriesCountAsNo() throws Exception {
        String service = running("doubled");
        Configuration second = owner.configurations.getFactoryConfiguration("lattice.consent", "second", "?");
        Dictionary<String, Object> properties = entry(service).getProperties();
        properties.remove("service.pid");
        properties.remove("service.factoryPid");
        second.update(properties);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.RUNNING);
        assertThat(owner.consents()).hasSize(1);
    }

    @Test
    void aConsentOfAnotherMeshSaysNothingHere() throws Exception {
        String service = owner.deploy("foreign");
        owner.declareGlobal(service, "{}");
        owner.consent(service, ConsentValue.ALWAYS_ALLOW);
        Configuration entry = entry(service);
        Dictionary<String, Object> properties = entry.getProperties();
        properties.put("mesh", "00".repeat(32));
        entry.update(properties);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
    }

    @Test
    void aSensitiveFieldThatChangesWaitsForConsent() throws Exception {
        String service = running("pinned");
        owner.declareGlobal(service, "{\"port\":25}");
        owner.await(service, each -> each.reason().contains("waits for consent"));
        assertThat(owner.probe("pinned").created).hasValue(1);
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        owner.await(service, each -> owner.probe("pinned").created.get() == 2 && each.state() == InstanceState.RUNNING);
    }

    @Test
    void decisionsAreKept() throws Exception {
        String service = running("recorded");
        owner.consent(service, ConsentValue.BLOCK);
        List<Decision> decisions = owner.ledger.decisions(owner.root.id(), new ServiceId(service));
        assertThat(decisions).extracting(Decision::what).startsWith("Block").contains("FollowMesh");
        assertThat(decisions.get(0).decider()).isEqualTo("the test");
        assertThat(decisions.get(0).proposer()).contains(owner.node.id());
    }

    @Test
    void consentToRunningTakesLessThanATenthOfASecond() throws Exception {
        String service = running("quick");
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            owner.consent(service, ConsentValue.BLOCK);
            owner.settled(service);
            long before = System.nanoTime();
            owner.consent(service, ConsentValue.FOLLOW_MESH);
            assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.RUNNING);
            best = Math.min(best, System.nanoTime() - before);
        }
        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(100));
    }

    @Test
    void consentsAreInTheMetaStoreAndInNoOther() throws Exception {
        String service = running("placed");
        assertThat(owner.root.scan(Prefix.ALL).map(Entry::text)).noneMatch(text -> text.contains("FollowMesh"));
        assertThat(owner.meta.scan(Prefix.ALL).map(Entry::text)).anyMatch(text -> text.contains(service));
        assertThat(owner.node.stores()).noneMatch(store -> store.name().equals("meta"));
    }

    private String running(String name) throws Exception {
        String service = owner.deploy(name);
        owner.declareGlobal(service, "{}");
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.RUNNING);
        return service;
    }

    private Configuration entry(String service) throws Exception {
        Configuration[] found = owner.configurations.listConfigurations(
                "(&(service.factoryPid=lattice.consent)(service=" + service + "))");
        assertThat(found).hasSize(1);
        return found[0];
    }
}
