package lattice.registry.internal.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import lattice.api.store.Acl;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.consent.ConsentValue;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.declaration.Isolation;
import lattice.registry.internal.isolation.OwnersIsolation.Wish;
import lattice.registry.process.Completed;
import lattice.registry.process.Confinement;
import lattice.registry.process.GrantedContext;
import lattice.registry.process.MemorySize;
import lattice.registry.process.ProcessIsolation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.ServiceReference;

@Timeout(60)
class ReconcilerTest {
    private static final ServiceInstance QUIET = () -> { };

    private final World world = new World();
    private final List<Confinement> confinements = new CopyOnWriteArrayList<>();

    @AfterEach
    void end() {
        world.close();
    }

    @ParameterizedTest
    @CsvSource({
        "AlwaysAllow, Global,      true,  RUNNING",
        "AlwaysAllow, here,        true,  RUNNING",
        "AlwaysAllow, elsewhere,   true,  RUNNING",
        "AlwaysAllow, LocalOnly,   true,  INVALID",
        "AlwaysAllow, Global,      false, ",
        "FollowMesh,  Global,      true,  RUNNING",
        "FollowMesh,  here,        true,  RUNNING",
        "FollowMesh,  elsewhere,   true,  DECLARED",
        "FollowMesh,  LocalOnly,   true,  INVALID",
        "FollowMesh,  Global,      false, ",
        "Block,       Global,      true,  REFUSED",
        "Block,       here,        true,  REFUSED",
        "Block,       elsewhere,   true,  REFUSED",
        "Block,       LocalOnly,   true,  REFUSED",
        "Block,       Global,      false, ",
        "Manual,      Global,      true,  AWAITING_CONSENT",
        "Manual,      here,        true,  AWAITING_CONSENT",
        "Manual,      elsewhere,   true,  DECLARED",
        "Manual,      LocalOnly,   true,  INVALID",
        "Manual,      Global,      false, "
    })
    void runsWhatIsDeclaredAndConsentedTo(String consent, String policy, boolean declared, InstanceState expected)
            throws Exception {
        world.tags = new TreeSet<>(Set.of("here"));
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        if (declared) {
            world.declare("a", switch (policy) {
                case "Global", "LocalOnly" -> "{\"type\":\"" + policy + "\"}";
                default -> "{\"type\":\"TaggedNodes\",\"tags\":[\"" + policy + "\"]}";
            }, "{}", "");
        }
        world.consent("a", ConsentValue.of(consent).orElseThrow());
        if (declared) {
            assertThat(world.settled("a").state()).isEqualTo(expected);
        } else {
            assertThat(world.reconciler.settle(world.key("a"), Duration.ofSeconds(20))).isEmpty();
        }
        assertThat(provider.got.get()).isEqualTo(expected == InstanceState.RUNNING ? 1 : 0);
    }

    @Test
    void doesNotTouchAProviderWithoutConsent() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        world.declare("a", "{}");
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(provider.got).hasValue(0);
    }

    @ParameterizedTest
    @CsvSource({ "node, node, false", "node, process, true", "process, node, true", "process, process, true" })
    void isolatesAsMuchAsTheDeclarationOrTheOwnerAsksFor(String declared, String owner, boolean isolated)
            throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        AtomicInteger processes = new AtomicInteger();
        world.isolated = Optional.of(isolation(Optional.empty(), context -> {
            assertThat(((GrantedContext) context).acl().mayWrite(new Key("/state/a/x"))).isTrue();
            processes.incrementAndGet();
            return QUIET;
        }));
        world.isolation.set(world.key("a"), new Wish(Isolation.of(owner).orElseThrow(), Confinement.STANDARD));
        world.declare("a", "{\"type\":\"Global\"}", "{}", ",\"isolation\":\"" + declared + "\"");
        world.consent("a", ConsentValue.FOLLOW_MESH);
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.RUNNING);
        assertThat(processes).hasValue(isolated ? 1 : 0);
        assertThat(provider.got).as("code of the bundle that ran here").hasValue(isolated ? 0 : 1);
    }

    @Test
    void waitsRatherThanRunInTheNodeWhatIsToBeIsolated() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        world.declare("a", "{\"type\":\"Global\"}", "{}", ",\"isolation\":\"process\"");
        world.consent("a", ConsentValue.ALWAYS_ALLOW);
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.WAITING);
        world.isolated = Optional.of(isolation(Optional.of("There is no Java."), context -> QUIET));
        assertThat(world.settled("a").reason()).isEqualTo("It is to run in a process of its own, as its declaration says, "
                + "and can't: There is no Java.");
        world.isolated = Optional.of(isolation(Optional.empty(), context -> QUIET));
        world.await("a", InstanceState.RUNNING);
        assertThat(provider.got).hasValue(0);
    }

    @ParameterizedTest
    @CsvSource({ "process, node, as its declaration says", "node, process, as the owner of this node says" })
    void whatIsOfTheNodeIsNotTriedInAProcessOfItsOwn(String declared, String owner, String who) throws Exception {
        AtomicInteger processes = new AtomicInteger();
        world.isolated = Optional.of(isolation(Optional.empty(), context -> {
            processes.incrementAndGet();
            return QUIET;
        }));
        FakeProvider provider = world.provide(new FakeProvider("a", "l", "{\"read\":[],\"write\":[\"/of-the-node\"]}",
                context -> QUIET));
        world.isolation.set(world.key("a"), new Wish(Isolation.of(owner).orElseThrow(), Confinement.STANDARD));
        world.declare("a", "{\"type\":\"Global\"}", "{}", ",\"isolation\":\"" + declared + "\"");
        world.consent("a", ConsentValue.FOLLOW_MESH);
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.INVALID);
        assertThat(world.settled("a").reason()).contains(who, "it is of the node.");
        assertThat(processes).hasValue(0);
        assertThat(provider.got).hasValue(0);
    }

    @Test
    void movesWhenTheOwnersChoiceChanges() throws Exception {
        AtomicInteger processes = new AtomicInteger();
        world.isolated = Optional.of(isolation(Optional.empty(), context -> {
            processes.incrementAndGet();
            return QUIET;
        }));
        FakeProvider provider = running("a", context -> QUIET);
        world.isolation.set(world.key("a"), new Wish(Isolation.PROCESS, Confinement.STANDARD));
        world.await("a", view -> view.state() == InstanceState.RUNNING && processes.get() == 1);
        assertThat(provider.closed).hasValue(1);
        assertThat(provider.got).hasValue(1);
        Confinement narrow = new Confinement(new MemorySize(128L << 20), 100, 1, Confinement.Sandbox.CLOSED);
        world.isolation.set(world.key("a"), new Wish(Isolation.PROCESS, narrow));
        world.await("a", view -> view.state() == InstanceState.RUNNING && processes.get() == 2);
        assertThat(confinements).containsExactly(Confinement.STANDARD, narrow);
        assertThat(world.isolation.get(world.key("a"))).isEqualTo(new Wish(Isolation.PROCESS, narrow));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "process", "{}", "{\"v\":1,\"isolation\":\"node\"}", "{\"v\":2,\"isolation\":\"node\",\"memory\":402653184,"
            + "\"files\":4096,\"processes\":8,\"sandbox\":\"none\"}", "{\"v\":1,\"isolation\":\"node\",\"memory\":402653184,"
            + "\"files\":4096,\"processes\":8,\"sandbox\":\"open\"}"})
    void whatCantBeReadIsolatesTheMost(String stored) {
        InstanceKey key = world.key("a");
        world.metaStore.write(Transaction.of(new Mutation.Put(
                new Key("/registry/isolation/" + key.mesh() + "/" + key.service()), stored.getBytes(StandardCharsets.UTF_8))));
        assertThat(world.isolation.get(key).isolation()).isEqualTo(Isolation.PROCESS);
        assertThat(world.isolation.get(key).confinement().sandbox()).isEqualTo(Confinement.Sandbox.CLOSED);
    }

    private ProcessIsolation isolation(Optional<String> obstacle, ServiceProvider isolated) {
        return new ProcessIsolation() {
            @Override
            public Optional<String> obstacle() {
                return obstacle;
            }

            @Override
            public Optional<String> refusal(ServiceId service, Acl acl) {
                return acl.mayWrite(new Key("/of-the-node/x")) ? Optional.of("it is of the node.") : Optional.empty();
            }

            @Override
            public ServiceProvider isolated(ServiceReference<ServiceProvider> provider, Confinement confinement) {
                confinements.add(confinement);
                return isolated;
            }
        };
    }

    @ParameterizedTest
    @CsvSource({ "on-failure, STOPPED", "no, STOPPED", "always, BACKING_OFF" })
    void whatEndedInGoodOrderIsStartedAgainOnlyIfAlwaysIsDeclared(String restart, InstanceState expected)
            throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> {
            context.failed(new Completed("All is done."));
            return QUIET;
        }));
        world.declare("a", "{\"type\":\"Global\"}", "{}", ",\"restart\":\"" + restart + "\"");
        world.consent("a", ConsentValue.FOLLOW_MESH);
        assertThat(world.await("a", expected).reason()).contains("All is done.");
        if (expected == InstanceState.BACKING_OFF) {
            world.await("a", view -> provider.created.get() >= 2);
        } else {
            assertThat(provider.created).hasValue(1);
        }
    }

    @Test
    void closesAtOnceWhenConsentIsWithdrawn() throws Exception {
        FakeProvider provider = running("a", context -> QUIET);
        world.consent("a", ConsentValue.BLOCK);
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.REFUSED);
        assertThat(provider.closed).hasValue(1);
    }

    @Test
    void aConsentThatComesAndGoesAllTheTimeNeverOutlivesItsWithdrawal() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        world.declare("a", "{}");
        for (int i = 0; i < 100; i++) {
            world.consent("a", ConsentValue.FOLLOW_MESH);
            world.consent("a", ConsentValue.BLOCK);
            world.settled("a");
            int created = provider.created.get();
            assertThat(provider.closed).hasValue(created);
        }
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.REFUSED);
    }

    @Test
    void withdrawalHasItsEffectEvenIfPassesFail() throws Exception {
        FakeProvider provider = running("a", context -> QUIET);
        FakeProvider other = running("b", context -> QUIET);
        world.tags = null;
        world.consent("a", ConsentValue.BLOCK);
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (provider.closed.get() == 0 && System.nanoTime() < deadline) {
            world.reconciler.pass(Duration.ofSeconds(5));
        }
        assertThat(provider.closed).hasValue(1);
        assertThat(other.closed).hasValue(0);
        world.tags = new TreeSet<>();
        world.await("a", InstanceState.REFUSED);
    }

    @Test
    void stopsEverythingWhenConsentsCannotBeReadAnyMore() throws Exception {
        FakeProvider provider = running("a", context -> QUIET);
        world.configurations.breakDown();
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(provider.closed).hasValue(1);
    }

    @Test
    void passesThatFindNothingNewDoNothing() throws Exception {
        FakeProvider provider = running("a", context -> QUIET);
        world.await("a", view -> world.published("a").filter(text -> text.contains("\"Running\"")).isPresent());
        long revision = world.root.position().revision();
        for (int i = 0; i < 200; i++) {
            world.reconciler.pass(Duration.ofSeconds(5));
        }
        assertThat(provider.created).hasValue(1);
        assertThat(provider.closed).hasValue(0);
        assertThat(world.root.position().revision()).isEqualTo(revision);
    }

    @Test
    void startsAgainAfterAFailureAndNeverGivesUp() throws Exception {
        FakeProvider provider = new FakeProvider("a", "l", context -> {
            throw new IllegalStateException("No luck.");
        });
        consented(provider, "a", "{}", "");
        ServiceView view = world.await("a", each -> each.failures() >= 5);
        assertThat(view.lastExit().orElseThrow()).contains("No luck.");
        assertThat(world.await("a", InstanceState.BACKING_OFF).reason()).contains("No luck.")
                .contains("start limit of 3");
        provider.factory = context -> QUIET;
        world.await("a", InstanceState.RUNNING);
    }

    @Test
    void doesNotStartAgainWhatIsNotToBe() throws Exception {
        FakeProvider provider = new FakeProvider("a", "l", context -> {
            throw new NoClassDefFoundError("gone/Class");
        });
        consented(provider, "a", "{}", ",\"restart\":\"no\"");
        assertThat(world.await("a", InstanceState.FAILED).reason()).contains("gone/Class");
        long until = System.nanoTime() + World.QUICK.longestDelay().toNanos() * 3;
        while (System.nanoTime() < until) {
            world.reconciler.pass(Duration.ofSeconds(5));
        }
        assertThat(provider.created).hasValue(1);
    }

    @Test
    void startsAgainWhatSaysThatItFailed() throws Exception {
        AtomicReference<ServiceContext> context = new AtomicReference<>();
        FakeProvider provider = running("a", given -> {
            context.set(given);
            return QUIET;
        });
        context.get().failed(new IllegalStateException("The sea rose."));
        world.await("a", view -> provider.created.get() == 2 && view.state() == InstanceState.RUNNING);
        assertThat(provider.closed).hasValue(1);
        assertThat(world.settled("a").lastExit().orElseThrow()).contains("The sea rose.");
    }

    @Test
    void givesUpOnAFactoryThatHangsAndHarmsNobodyElse() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        FakeProvider hanging = new FakeProvider("hangs", "l", context -> {
            waitThroughInterrupts(release);
            return QUIET;
        });
        consented(hanging, "hangs", "{}", "");
        FakeProvider other = running("other", context -> QUIET);
        ServiceView view = world.await("hangs", each -> !each.hanging().isEmpty());
        assertThat(view.hanging().get(0)).startsWith("lattice-service-hangs");
        world.await("hangs", InstanceState.FAILED);
        assertThat(hanging.created).hasValue(3);
        assertThat(world.settled("other").state()).isEqualTo(InstanceState.RUNNING);
        assertThat(other.created).hasValue(1);
        hanging.factory = context -> QUIET;
        release.countDown();
        world.await("hangs", InstanceState.RUNNING);
        assertThat(hanging.closed).as("late instances are closed").hasValue(3);
    }

    @Test
    void whatHasRunForLongHasAsMuchTimeToCloseAsWhatHasNot() throws Exception {
        AtomicReference<Throwable> interrupted = new AtomicReference<>();
        running("a", context -> () -> {
            try {
                Thread.sleep(World.QUICK.stopDeadline().toMillis() / 4);
            } catch (InterruptedException e) {
                interrupted.set(e);
            }
        });
        // What passes here is the time itself: longer than an instance may take to close.
        Thread.sleep(World.QUICK.stopDeadline().toMillis() + 50);
        world.consent("a", ConsentValue.BLOCK);
        ServiceView view = world.settled("a");
        assertThat(view.state()).isEqualTo(InstanceState.REFUSED);
        assertThat(view.lastExit().orElseThrow()).endsWith("It was stopped.");
        assertThat(view.hanging()).isEmpty();
        assertThat(interrupted).hasNullValue();
    }

    @Test
    void givesUpOnAnInstanceThatHangsWhileItCloses() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        running("a", context -> () -> waitThroughInterrupts(release));
        long before = System.nanoTime();
        world.consent("a", ConsentValue.BLOCK);
        ServiceView view = world.settled("a");
        assertThat(view.state()).isEqualTo(InstanceState.REFUSED);
        assertThat(view.hanging()).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
        release.countDown();
    }

    @Test
    void aContextIsOfNoUseAfterItsInstance() throws Exception {
        AtomicReference<ServiceContext> context = new AtomicReference<>();
        running("a", given -> {
            context.set(given);
            return QUIET;
        });
        context.get().store().put(new Key("/state/a/x"), "1");
        assertThatThrownBy(() -> context.get().store().put(new Key("/services/a/config"), "1"))
                .isInstanceOf(StoreException.class);
        world.consent("a", ConsentValue.BLOCK);
        world.settled("a");
        assertThatThrownBy(() -> context.get().store().put(new Key("/state/a/x"), "2"))
                .isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> context.get().store().get(new Key("/state/a/x"))).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> context.get().listening(new Endpoint("x", "localhost", 1)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void offersALiveServiceItsNewConfig() throws Exception {
        List<String> names = Collections.synchronizedList(new ArrayList<>());
        FakeProvider provider = running("a", context -> new ServiceInstance() {
            @Override
            public boolean reconfigure(ServiceConfig config) {
                names.add(config.string("name"));
                return true;
            }

            @Override
            public void close() {
            }
        });
        world.declare("a", "{\"name\":\"y\"}");
        world.await("a", view -> view.config().isPresent() && view.config().get().effective().path("name").asText()
                .equals("y"));
        assertThat(names).containsExactly("y");
        assertThat(provider.created).hasValue(1);
    }

    @Test
    void makesAnewWhatDoesNotTakeItsNewConfig() throws Exception {
        FakeProvider provider = running("a", context -> QUIET);
        world.declare("a", "{\"name\":\"y\"}");
        world.await("a", view -> provider.created.get() == 2 && view.state() == InstanceState.RUNNING);
        assertThat(provider.closed).hasValue(1);
        assertThat(world.settled("a").failures()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":{\"port\":\"many\"}} | not valid",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":{},\"surprise\":1}   | not valid",
        "{\"v\":1,\"policy\":{\"type\":\"LocalOnly\"},\"config\":{\"name\":\"y\"}} | not valid",
        "no JSON                                                                   | not valid",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":{\"port\":25}}       | waits for consent"
    })
    void theLastGoodConfigStaysInForce(String newer, String note) throws Exception {
        FakeProvider provider = running("a", context -> QUIET);
        world.root.put(Declarations.place(world.key("a").service()), newer);
        ServiceView view = world.await("a", each -> each.reason().contains(note));
        assertThat(view.state()).isEqualTo(InstanceState.RUNNING);
        assertThat(view.config().orElseThrow().effective().path("port").asInt()).isEqualTo(7000);
        assertThat(provider.created).hasValue(1);

        // The same after a restart of the node.
        world.close();
        try (World again = new World(world.root, world.meta, world.configurations)) {
            again.provide(new FakeProvider("a", "l", context -> QUIET));
            ServiceView after = again.await("a", InstanceState.RUNNING);
            assertThat(after.config().orElseThrow().effective().path("port").asInt()).isEqualTo(7000);
            assertThat(after.reason()).contains(note);
        }
    }

    @Test
    void aCopyOfTheDataWithoutTheConsentsRunsNothing() throws Exception {
        running("a", context -> QUIET);
        world.close();
        try (World again = new World(world.root, world.meta, new FakeConfigurations())) {
            FakeProvider provider = again.provide(new FakeProvider("a", "l", context -> QUIET));
            assertThat(again.settled("a").state()).isEqualTo(InstanceState.AWAITING_CONSENT);
            assertThat(provider.got).hasValue(0);
        }
    }

    @Test
    void aNewConfigThatWaitedIsTakenOnceConsentedTo() throws Exception {
        running("a", context -> QUIET);
        world.declare("a", "{\"port\":25}");
        world.await("a", each -> each.reason().contains("waits for consent"));
        world.consent("a", ConsentValue.FOLLOW_MESH);
        world.await("a", each -> each.config().isPresent() && each.config().get().effective().path("port")
                .asInt() == 25);
    }

    @Test
    void anInvalidConfigIsRefusedWithItsField() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        world.declare("a", "{\"port\":70000}");
        world.consent("a", ConsentValue.ALWAYS_ALLOW);
        ServiceView view = world.settled("a");
        assertThat(view.state()).isEqualTo(InstanceState.INVALID);
        assertThat(view.reason()).contains("/port").contains("70000");
        assertThat(provider.got).hasValue(0);
    }

    @Test
    void aProviderMayComeAfterAndLeaveBeforeItsDeclaration() throws Exception {
        FakeProvider provider = running("a", context -> QUIET);
        FakeProvider other = running("b", context -> QUIET);
        world.remove(provider);
        assertThat(provider.closed).as("closed when the removal returns").hasValue(1);
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.WAITING);
        world.provide(new FakeProvider("a", "l", context -> QUIET));
        world.await("a", InstanceState.RUNNING);
        assertThat(other.created).hasValue(1);
    }

    @Test
    void anotherBundleOfTheSameIdNeedsConsentOfItsOwn() throws Exception {
        world.remove(running("a", context -> QUIET));
        FakeProvider impostor = world.provide(new FakeProvider("a", "elsewhere", context -> QUIET));
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(impostor.got).hasValue(0);
    }

    @Test
    void aProviderThatAsksForMoreNeedsConsentAgain() throws Exception {
        world.remove(running("a", context -> QUIET));
        world.provide(new FakeProvider("a", "l", "{\"read\":[\"/\"],\"write\":[]}", context -> QUIET));
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.AWAITING_CONSENT);
    }

    @Test
    void ofTwoProvidersTheOneThatRunsStays() throws Exception {
        FakeProvider first = running("a", context -> QUIET);
        FakeProvider second = world.provide(new FakeProvider("a", "m", context -> QUIET));
        ServiceView view = world.await("a", each -> each.reason().contains("More than one"));
        assertThat(view.state()).isEqualTo(InstanceState.RUNNING);
        assertThat(second.got).hasValue(0);
        assertThat(first.created).hasValue(1);
    }

    @Test
    void twoProvidersOfWhatDoesNotRunAreAConflict() throws Exception {
        FakeProvider first = world.provide(new FakeProvider("a", "l", context -> QUIET));
        world.declare("a", "{}");
        world.consent("a", ConsentValue.ALWAYS_ALLOW);
        world.consent("a", ConsentValue.BLOCK);
        world.settled("a");
        FakeProvider second = world.provide(new FakeProvider("a", "m", context -> QUIET));
        assertThatThrownBy(() -> world.consent("a", ConsentValue.ALWAYS_ALLOW))
                .isInstanceOf(IllegalArgumentException.class);
        world.consent("a", ConsentValue.MANUAL);
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.INVALID);
        assertThat(world.settled("a").reason()).contains("More than one bundle");
        assertThat(second.got).hasValue(0);
        assertThat(first.created.get()).isLessThanOrEqualTo(1);
    }

    @Test
    void waitsForWhatItRequiresAndStopsWithIt() throws Exception {
        FakeProvider needy = new FakeProvider("a", "l", context -> QUIET);
        consented(needy, "a", "{}", ",\"requires\":[\"b\"]");
        assertThat(world.settled("a").state()).isEqualTo(InstanceState.WAITING);
        assertThat(world.settled("a").reason()).contains("requires b");
        running("b", context -> QUIET);
        world.await("a", InstanceState.RUNNING);
        world.consent("b", ConsentValue.BLOCK);
        world.await("a", InstanceState.WAITING);
        assertThat(needy.closed).hasValue(1);
    }

    @Test
    void startsAfterWhatItNames() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        FakeProvider later = new FakeProvider("a", "l", context -> QUIET);
        FakeProvider earlier = new FakeProvider("z", "l", context -> {
            release.await();
            return QUIET;
        });
        consented(earlier, "z", "{}", "");
        world.await("z", InstanceState.STARTING);
        consented(later, "a", "{}", ",\"after\":[\"z\"]");
        world.reconciler.pass(Duration.ofSeconds(5));
        assertThat(later.got).hasValue(0);
        release.countDown();
        world.await("a", InstanceState.RUNNING);
    }

    @Test
    void namesACycle() throws Exception {
        consented(new FakeProvider("a", "l", context -> QUIET), "a", "{}", ",\"requires\":[\"b\"]");
        consented(new FakeProvider("b", "l", context -> QUIET), "b", "{}", ",\"after\":[\"a\"]");
        ServiceView view = world.await("a", InstanceState.INVALID);
        assertThat(view.reason()).contains("a -> b -> a");
        world.await("b", InstanceState.INVALID);
    }

    @Test
    void namesWhoHasThePort() throws Exception {
        FakeProvider holder = running("holder", context -> {
            context.listening(new Endpoint("test", "127.0.0.1", context.config().integer("port")));
            return QUIET;
        });
        FakeProvider late = new FakeProvider("late", "l", context -> {
            if (holder.closed.get() == 0) {
                throw new IllegalStateException("Can't listen.", new BindException("Address already in use"));
            }
            return QUIET;
        });
        consented(late, "late", "{}", "");
        ServiceView view = world.await("late", InstanceState.WAITING);
        assertThat(view.reason()).contains("7000 is taken by holder").contains("lattice:override late");
        world.consent("holder", ConsentValue.BLOCK);
        world.await("late", InstanceState.RUNNING);
    }

    @Test
    void publishesTransitionsAndTakesBackWhatIsNotDeclared() throws Exception {
        running("a", context -> {
            context.listening(new Endpoint("test", "127.0.0.1", 7000));
            return QUIET;
        });
        world.await("a", view -> world.published("a").filter(text -> text.contains("\"Running\"")).isPresent());
        assertThat(world.published("a").orElseThrow()).contains("\"port\":7000").contains("startedAt")
                .contains("configVersion");
        world.root.delete(Declarations.place(world.key("a").service()));
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (world.published("a").isPresent() && System.nanoTime() < deadline) {
            world.reconciler.pass(Duration.ofSeconds(5));
        }
        assertThat(world.published("a")).isEmpty();
        assertThat(world.reconciler.view()).isEmpty();
    }

    @Test
    void doesNotFloodTheMeshWithAServiceThatComesAndGoes() throws Exception {
        FakeProvider provider = new FakeProvider("a", "l", context -> {
            throw new IllegalStateException("No.");
        });
        consented(provider, "a", "{}", "");
        long before = world.root.position().revision();
        world.await("a", view -> view.starts() > 20);
        assertThat(world.root.position().revision() - before).isLessThan(20);
    }

    @Test
    void closesInReverseOrderOfDependencies() throws Exception {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        consented(new FakeProvider("base", "l", context -> () -> order.add("base")), "base", "{}", "");
        consented(new FakeProvider("app", "l", context -> () -> {
            Thread.sleep(50);
            order.add("app");
        }), "app", "{}", ",\"requires\":[\"base\"]");
        world.await("app", InstanceState.RUNNING);
        world.close();
        assertThat(order).containsExactly("app", "base");
        assertThat(world.reconciler.view().get(world.key("app")).state()).isEqualTo(InstanceState.STOPPED);
        assertThat(world.published("app").orElseThrow()).contains("\"Stopped\"");
    }

    @Test
    void theOwnersDeclarationStandsInForTheMeshs() throws Exception {
        FakeProvider provider = running("a", context -> QUIET);
        world.ownersWord.declare(world.key("a"),
                "{\"v\":1,\"policy\":{\"type\":\"LocalOnly\"},\"config\":{\"name\":\"mine\"}}".getBytes());
        world.await("a", view -> view.config().isPresent()
                && view.config().get().effective().path("name").asText().equals("mine"));
        world.ownersWord.undeclare(world.key("a"));
        world.await("a", view -> view.config().isPresent()
                && view.config().get().effective().path("name").asText().equals("x"));
        assertThat(provider.created.get()).isBetween(2, 3);
    }

    @Test
    void consentToRunningIsQuick() throws Exception {
        FakeProvider provider = world.provide(new FakeProvider("a", "l", context -> QUIET));
        world.declare("a", "{}");
        world.settled("a");
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            world.consent("a", ConsentValue.BLOCK);
            world.settled("a");
            long before = System.nanoTime();
            world.consent("a", ConsentValue.FOLLOW_MESH);
            assertThat(world.settled("a").state()).isEqualTo(InstanceState.RUNNING);
            best = Math.min(best, System.nanoTime() - before);
        }
        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(100));
        assertThat(provider.created).hasValue(10);
    }

    private FakeProvider running(String service, FakeProvider.Factory factory) throws Exception {
        FakeProvider provider = new FakeProvider(service, "l", factory);
        consented(provider, service, "{}", "");
        world.await(service, InstanceState.RUNNING);
        return provider;
    }

    private void consented(FakeProvider provider, String service, String config, String more) throws Exception {
        world.provide(provider);
        world.declare(service, "{\"type\":\"Global\"}", config, more);
        world.consent(service, ConsentValue.FOLLOW_MESH);
    }

    private static void waitThroughInterrupts(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().isInterrupted(); // a service that does not listen
            }
        }
    }
}
