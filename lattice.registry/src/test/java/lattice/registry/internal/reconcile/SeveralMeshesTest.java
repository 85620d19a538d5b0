package lattice.registry.internal.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceInstance;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.StoreException;
import lattice.consent.ConsentValue;
import lattice.registry.internal.Json;
import lattice.registry.internal.declaration.ConfigOverride;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.reconcile.World.MemoryMesh;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node in several meshes. */
@Timeout(60)
class SeveralMeshesTest {
    private static final ServiceInstance QUIET = () -> { };

    private final World world = new World();
    private final MemoryMesh other = world.join(new InMemoryStore());

    @AfterEach
    void end() {
        world.close();
    }

    @Test
    void aConsentForOneMeshGivesNothingInAnother() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        world.declare("a", "{}");
        other.declare("a", "{}");
        world.consent("a", ConsentValue.ALWAYS_ALLOW);
        world.await("a", InstanceState.RUNNING);
        assertThat(other.settled("a").state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(provider.created).hasValue(1);
        other.consent("a", ConsentValue.BLOCK);
        assertThat(other.settled("a").state()).isEqualTo(InstanceState.REFUSED);
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.RUNNING);
    }

    @Test
    void oneServiceRunsForEachMeshWithItsStoreAndConfig() throws Exception {
        Map<StoreId, String> names = Collections.synchronizedMap(new HashMap<>());
        world.provide(new FakeProvider("a", "l", context -> {
            names.put(context.store().id(), context.config().string("name"));
            context.store().put(new Key("/state/a/mark"), "here");
            return QUIET;
        }));
        world.declare("a", "{\"name\":\"one\"}");
        other.declare("a", "{\"name\":\"two\"}");
        world.consent("a", ConsentValue.FOLLOW_MESH);
        other.consent("a", ConsentValue.FOLLOW_MESH);
        world.await("a", InstanceState.RUNNING);
        other.await("a", InstanceState.RUNNING);
        assertThat(names).isEqualTo(Map.of(world.root.id(), "one", other.id(), "two"));
        assertThat(other.store.get(new Key("/state/a/mark"))).map(Entry::text).contains("here");
        Key status = new Key("/nodes/" + world.self + "/services/a");
        other.await("a", view -> other.store.get(status).filter(entry -> entry.text().contains("Running")).isPresent());
    }

    @Test
    void leavingAMeshStopsItsInstancesAndNoOthers() throws Exception {
        List<StoreId> closed = Collections.synchronizedList(new ArrayList<>());
        world.provide(new FakeProvider("a", "l", context -> {
            StoreId mesh = context.store().id();
            return () -> closed.add(mesh);
        }));
        world.declare("a", "{}");
        other.declare("a", "{}");
        world.consent("a", ConsentValue.FOLLOW_MESH);
        other.consent("a", ConsentValue.FOLLOW_MESH);
        world.await("a", InstanceState.RUNNING);
        other.await("a", InstanceState.RUNNING);
        other.close();
        assertThat(closed).containsExactly(other.id());
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.RUNNING);
    }

    @Test
    void aMeshAsksNothingOfANodeThatItHasRemoved() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        other.declare("a", "{}");
        other.consent("a", ConsentValue.ALWAYS_ALLOW);
        other.await("a", InstanceState.RUNNING);
        other.member = false;
        assertThat(other.reconciler.settle(other.key("a"), Duration.ofSeconds(20))).isEmpty();
        assertThat(provider.closed).hasValue(1);
    }

    @Test
    void aMeshThatCannotBeReadStopsNothing() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        other.declare("a", "{}");
        other.consent("a", ConsentValue.FOLLOW_MESH);
        other.await("a", InstanceState.RUNNING);
        other.store.unavailable("The links are cut.");
        assertThat(other.settled("a").state()).isEqualTo(InstanceState.RUNNING);
        assertThat(provider.closed).hasValue(0);
    }

    @Test
    void whatRanLastIsStartedAgainWithNobodyElseThere() throws Exception {
        running(other, "a");
        world.close();
        try (World again = new World(world.root, world.meta, world.configurations)) {
            FakeProvider provider = again.provide(new FakeProvider("a", "l", context -> QUIET));
            MemoryMesh same = again.join(other.store);
            same.await("a", InstanceState.RUNNING);
            assertThat(provider.created).hasValue(1);
        }
    }

    @Test
    void theRunningOneKeepsThePortUntilTheOwnerGivesTheOtherAnother() throws Exception {
        Set<Integer> taken = Collections.synchronizedSet(new TreeSet<>());
        FakeProvider provider = world.provide(listening(taken));
        world.declare("a", "{}");
        other.declare("a", "{}");
        world.consent("a", ConsentValue.FOLLOW_MESH);
        world.await("a", InstanceState.RUNNING);
        other.consent("a", ConsentValue.FOLLOW_MESH);
        ServiceView conflict = other.await("a", InstanceState.WAITING);
        assertThat(conflict.reason()).contains("Port conflict: 7000 is taken by a of mesh " + world.root.id().shortId(),
                "lattice:override a --mesh " + other.id().shortId() + " --set port=0");
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.RUNNING);
        assertThat(provider.closed).hasValue(0);

        // The port is a sensitive field; that the owner sets it needs no other consent.
        override(other, "{\"port\":7001}");
        other.await("a", InstanceState.RUNNING);
        assertThat(taken).containsExactly(7000, 7001);
        other.declare("a", "{\"port\":9,\"name\":\"new\"}");
        other.await("a", view -> view.config().filter(config -> config.effective().path("name").asText().equals("new"))
                .isPresent());
        assertThat(taken).as("what the mesh says of that field").containsExactly(7000, 7001);
    }

    @Test
    void aPortThatIsLeftInOneMeshIsTakenInAnother() throws Exception {
        world.provide(listening(Collections.synchronizedSet(new TreeSet<>())));
        world.declare("a", "{}");
        other.declare("a", "{}");
        world.consent("a", ConsentValue.FOLLOW_MESH);
        world.await("a", InstanceState.RUNNING);
        other.consent("a", ConsentValue.FOLLOW_MESH);
        other.await("a", InstanceState.WAITING);
        world.consent("a", ConsentValue.BLOCK);
        other.await("a", InstanceState.RUNNING);
    }

    @Test
    void whatTheOwnerNoLongerSetsIsTheMeshsToProposeAndNeedsConsent() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        override(other, "{\"port\":1}");
        other.declare("a", "{\"port\":2}");
        other.consent("a", ConsentValue.FOLLOW_MESH);
        ServiceView view = other.await("a", InstanceState.RUNNING);
        assertThat(view.config().orElseThrow().effective().path("port").asInt()).isEqualTo(1);
        override(other, "{}");
        view = other.await("a", InstanceState.AWAITING_CONSENT);
        assertThat(view.reason()).contains("/port = 2", "was not shown");
        assertThat(provider.created).hasValue(1);
    }

    @Test
    void theOwnersFieldsStayInForceWhileANewerDeclarationIsInvalid() throws Exception {
        running(other, "a");
        override(other, "{\"port\":1}");
        other.await("a", view -> port(view) == 1);
        other.declare("a", "{\"name\":7}");
        ServiceView view = other.await("a", each -> each.reason().contains("not valid"));
        assertThat(view.state()).isEqualTo(InstanceState.RUNNING);
        assertThat(port(view)).isEqualTo(1);
    }

    @Test
    void anOverrideThatCannotBeReadIsNoOverrideToRunWith() throws Exception {
        world.provide(new FakeProvider("a", "l", context -> QUIET));
        other.declare("a", "{}");
        world.meta.put(new Key("/registry/override/" + other.id() + "/a"), "{\"v\":2}");
        other.consent("a", ConsentValue.FOLLOW_MESH);
        assertThat(other.await("a", InstanceState.INVALID).reason()).contains("owner's override");
    }

    @Test
    void whateverAMeshWritesStartsNothingAtJoin() throws Exception {
        Hostile hostile = new Hostile();
        hostile.write();
        hostile.join();
        hostile.startedNothing();
    }

    @Test
    void whateverAMeshWritesStartsNothingAtHeal() throws Exception {
        Hostile hostile = new Hostile();
        MemoryMesh joined = hostile.join();
        joined.member = false;
        joined.reconciler.pass(Duration.ofSeconds(20));
        hostile.write();
        joined.member = true;
        joined.reconciler.pass(Duration.ofSeconds(20));
        hostile.startedNothing();
    }

    @Test
    void whateverAMeshWritesStartsNothingAtRestart() throws Exception {
        Hostile hostile = new Hostile();
        hostile.join();
        world.close();
        hostile.write();
        try (World again = new World(world.root, world.meta, world.configurations)) {
            FakeProvider restarted = again.provide(new FakeProvider("a", "l", context -> QUIET));
            MemoryMesh rejoined = again.join(hostile.store);
            again.await("a", InstanceState.RUNNING);
            rejoined.reconciler.pass(Duration.ofSeconds(20));
            assertThat(restarted.created).as("seed %s", hostile.seed).hasValue(1);
            assertThat(rejoined.reconciler.view().values()).as("seed %s", hostile.seed).allMatch(view -> view.starts() == 0);
        }
    }

    /** A mesh that writes all that it can think of to have something started, here where one service has consent for another. */
    private final class Hostile {
        private final long seed = System.nanoTime();
        private final Random random = new Random(seed);
        private final InMemoryStore store = new InMemoryStore();
        private final FakeProvider target = world.provide(new FakeProvider("a", "l", context -> QUIET));
        private final FakeProvider second = world.provide(new FakeProvider("b", "l", context -> QUIET));
        private MemoryMesh mesh;

        Hostile() throws Exception {
            world.declare("a", "{}");
            world.consent("a", ConsentValue.FOLLOW_MESH);
            world.await("a", InstanceState.RUNNING);
        }

        void write() {
            writeAnything(store, random, world);
        }

        MemoryMesh join() throws Exception {
            mesh = world.join(store);
            mesh.reconciler.pass(Duration.ofSeconds(20));
            return mesh;
        }

        void startedNothing() {
            assertThat(target.created).as("seed %s", seed).hasValue(1);
            assertThat(second.got).as("seed %s", seed).hasValue(0);
            assertThat(mesh.reconciler.view().values()).as("seed %s", seed).isNotEmpty().allMatch(view -> view.starts() == 0);
        }
    }

    @Test
    void aMeshThatDeclaresWithoutEndFillsNoMemoryAndHoldsUpNoOther() throws Exception {
        for (int i = 0; i < 2_500; i++) {
            other.store.put(new Key("/services/z" + i + "/config"), "{\"v\":1,\"policy\":{\"type\":\"Global\"}}");
        }
        running(world.own, "a");
        assertThat(other.reconciler.pass(Duration.ofSeconds(20))).isTrue();
        assertThat(other.reconciler.view()).hasSize(2_000);
    }

    private static void writeAnything(InMemoryStore store, Random random, World world) {
        List<String> names = List.of("a", "b", "c");
        for (int i = 0; i < 300; i++) {
            String service = names.get(random.nextInt(names.size()));
            String mesh = random.nextBoolean() ? store.id().hex() : world.root.id().hex();
            String key = switch (random.nextInt(6)) {
                case 0 -> "/nodes/" + world.self + "/services/" + service;
                case 1 -> "/registry/override/" + mesh + "/" + service;
                case 2 -> "/registry/local/" + mesh + "/" + service;
                case 3 -> "/registry/last-good/" + mesh + "/" + service;
                default -> "/services/" + service + "/config";
            };
            String value = switch (random.nextInt(5)) {
                case 0 -> "{\"v\":1,\"policy\":{\"type\":\"LocalOnly\"},\"config\":{}}";
                case 1 -> "{\"v\":1,\"config\":{\"port\":" + random.nextInt(65536) + "},\"mesh\":\"" + mesh + "\"}";
                case 2 -> "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"consent\":\"AlwaysAllow\"}";
                case 3 -> new String(new byte[random.nextInt(40)], StandardCharsets.ISO_8859_1);
                default -> "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":{},\"restart\":\"always\"}";
            };
            try {
                store.put(new Key(key), value);
            } catch (StoreException e) {
                assertThat(e.code()).isNotEqualTo(StoreException.Code.CLOSED);
            }
        }
        names.forEach(service -> store.put(Declarations.place(new ServiceId(service)),
                "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":{}}"));
    }

    /** A provider whose instances take the port of their config, each port once. */
    private static FakeProvider listening(Set<Integer> taken) {
        return new FakeProvider("a", "l", context -> {
            int port = context.config().integer("port");
            if (!taken.add(port)) {
                throw new IllegalStateException("Can't listen.", new BindException("Address already in use"));
            }
            context.listening(new Endpoint("test", "127.0.0.1", port));
            return new ServiceInstance() {
                @Override
                public boolean reconfigure(ServiceConfig config) {
                    return config.integer("port") == port;
                }

                @Override
                public void close() {
                    taken.remove(port);
                }
            };
        });
    }

    private FakeProvider running(MemoryMesh mesh, String service) throws Exception {
        FakeProvider provider = world.provide(new FakeProvider(service, "l", context -> QUIET));
        mesh.declare(service, "{}");
        mesh.consent(service, ConsentValue.FOLLOW_MESH);
        mesh.await(service, InstanceState.RUNNING);
        return provider;
    }

    private static int port(ServiceView view) {
        return view.config().map(config -> config.effective().path("port").asInt()).orElse(-1);
    }

    private void override(MemoryMesh mesh, String patch) throws Exception {
        world.ownersWord.override(mesh.key("a"), new ConfigOverride(Json.object(patch.getBytes(StandardCharsets.UTF_8))));
        mesh.reconciler.trigger();
    }
}
