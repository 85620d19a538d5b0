package lattice.registry.internal.reconcile;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.node.NodeStatus;
import lattice.api.service.ServiceProvider;
import lattice.api.store.Store;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentFirewall;
import lattice.consent.ConsentValue;
import lattice.consent.DecisionLedger;
import lattice.consent.Proposal;
import lattice.consent.Verdict;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.Node;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Mesh;
import lattice.registry.internal.declaration.ConfigOverride;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.declaration.Declared;
import lattice.registry.internal.instance.Attempt;
import lattice.registry.internal.isolation.Isolations;
import lattice.registry.internal.provider.Provider;
import lattice.registry.internal.provider.Providers;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop of one mesh, which brings what runs for it to what should run. It is level-triggered: whatever happens only
 * makes it look, and a pass works out everything from what is so at that moment, so a lost or doubled trigger does no
 * harm. One thread does all passes; code of services runs on threads of their own ({@link Attempt}), so a pass never
 * waits for them, and no mesh waits for another.
 */
public final class Reconciler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
    private static final Duration UNTIL_OPEN = Duration.ofMillis(100);

    private final Mesh mesh;
    private final Neighbours neighbours;
    private final Node node;
    private final NodeStatus status;
    private final Declarations declarations;
    private final Providers providers;
    private final ConsentFirewall firewall;
    private final DecisionLedger ledger;
    private final Supplier<Set<String>> tags;
    private final Supplier<Tuning> tuning;
    private final Listener listener;
    private final Clock clock;
    private final Isolations isolations;
    private final LastGood lastGood;
    private final Assessor assessor;
    private final Backoff backoff = new Backoff(() -> ThreadLocalRandom.current().nextDouble());
    private final Loop loop;

    // Used by the loop's thread alone.
    private final SortedMap<InstanceKey, Instance> instances = new TreeMap<>();

    private long stopBy;

    private volatile Set<ServiceReference<ServiceProvider>> using = Set.of();
    private volatile SortedMap<InstanceKey, ServiceView> view = Collections.emptySortedMap();

    /** What a loop tells, on its thread. */
    public interface Listener {
        /** A pass begins. */
        void begins();

        /** It ended. */
        void passed(SortedMap<InstanceKey, ServiceView> left);
    }

    /** The other meshes of this node. */
    public interface Neighbours {
        /** What they run. */
        Stream<ServiceView> views();
    }

    /** @param node whose stores and identity services get */
    public Reconciler(Mesh mesh, Neighbours neighbours, Node node, NodeStatus status, MetaStore meta,
            Providers providers, ConsentFirewall firewall, DecisionLedger ledger, Supplier<Set<String>> tags,
            Supplier<Tuning> tuning, Listener listener, Clock clock, Isolations isolations) {
        this.mesh = mesh;
        this.neighbours = neighbours;
        this.node = node;
        this.status = status;
        this.declarations = new Declarations(mesh.id(), meta, node.id());
        this.providers = providers;
        this.firewall = firewall;
        this.ledger = ledger;
        this.tags = tags;
        this.tuning = tuning;
        this.listener = listener;
        this.clock = clock;
        this.isolations = isolations;
        this.lastGood = new LastGood(meta);
        this.assessor = new Assessor(node.id(), firewall::judge);
        this.loop = new Loop("lattice-registry-" + mesh.id().shortId(), new Passes(), () -> tuning.get().tick());
    }

    public void start() {
        loop.start();
    }

    /** Makes it look soon. */
    public void trigger() {
        loop.trigger();
    }

    /** All instances as the last pass left them. */
    public SortedMap<InstanceKey, ServiceView> view() {
        return view;
    }

    /**
     * Waits for a pass that begins after this call.
     *
     * @return whether one ended in time
     */
    public boolean pass(Duration atMost) throws InterruptedException {
        return loop.pass(atMost);
    }

    /** Waits until an instance is where it should be, or can't be helped. */
    public Optional<ServiceView> settle(InstanceKey key, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        if (pass(atMost)) {
            loop.await(() -> view.get(key) == null || !view.get(key).moving(),
                    Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        }
        return Optional.ofNullable(view.get(key));
    }

    /** Waits until nothing is on its way that set out less than {@code moment} ago. */
    public void quiet(Duration moment) throws InterruptedException {
        loop.await(() -> view.values().stream().noneMatch(each -> each.moving()
                && Duration.between(each.since(), clock.instant()).compareTo(moment) < 0), moment);
    }

    /**
     * What would follow from a declaration here, if it were made.
     *
     * @param declaration what the mesh, or the owner of this node, would declare
     */
    public Verdict foresee(InstanceKey key, boolean local, Declaration declaration) {
        Optional<Declared> now = Optional.ofNullable(view.get(key)).flatMap(each -> each.assessment().declared());
        Declared then = new Declared(key, node.id(), local, false, "", Optional.of(declaration), Optional.empty(),
                now.map(Declared::override).orElse(ConfigOverride.NONE));
        return new Assessor(node.id(), firewall::judge).assess(key, Optional.of(then), cycle(key, declaration),
                providers.all().getOrDefault(key.service(), List.of()),
                Optional.ofNullable(view.get(key)).flatMap(each -> each.assessment().provider()), tags.get(),
                Optional.empty()).verdict();
    }

    /** What is proposed about a service, as of the last pass. */
    public Proposal proposal(InstanceKey key) {
        ServiceView known = view.get(key);
        return known != null ? known.assessment().proposal() : undeclared(key, node.id(), firewall,
                providers.all().getOrDefault(key.service(), List.of()));
    }

    /** What is proposed about a service that is not declared. */
    public static Proposal undeclared(InstanceKey key, NodeId self, ConsentFirewall firewall,
            List<Provider> providers) {
        return new Assessor(self, firewall::judge).undeclared(key, providers).proposal();
    }

    /** What would be wrong with the dependencies of a declaration, given the others; empty if nothing. */
    public Optional<String> cycle(InstanceKey key, Declaration declaration) {
        SortedMap<InstanceKey, Declaration> all = new TreeMap<>();
        view.forEach((each, service) -> service.assessment().declared().flatMap(Declared::declaration)
                .ifPresent(known -> all.put(each, known)));
        all.put(key, declaration);
        return Dependencies.of(all).problem(key);
    }

    /** While a provider leaves: waits until nothing of it runs any more, or its time to stop is over. */
    public void leaving(ServiceReference<ServiceProvider> reference) {
        Duration atMost = tuning.get().stopDeadline().plusSeconds(1);
        trigger();
        if (loop.isOwnThread()) {
            return;
        }
        try {
            if (pass(atMost)) {
                loop.await(() -> !using.contains(reference), atMost);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Begins to do what {@link #close} does. */
    public void beginToClose() {
        loop.beginToStop();
    }

    /** Closes all instances, those that wait for others first, and ends the loop; takes a bounded time. */
    @Override
    public void close() {
        Duration atMost = tuning.get().stopDeadline().multipliedBy(2).plusSeconds(1);
        try {
            if (!loop.stop(atMost)) {
                LOG.warn("The registry did not stop within {} s.", atMost.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the loop does. */
    private final class Passes implements Loop.Pass {
        @Override
        public long run(boolean stopping) {
            if (stopping) {
                return stopPass();
            }
            listener.begins();
            try {
                return pass();
            } catch (RuntimeException e) {
                stopWhatIsNotConsentedTo();
                throw e;
            }
        }

        @Override
        public boolean isOver() {
            return instances.values().stream().allMatch(Instance::isIdle);
        }
    }

    private long pass() {
        Tuning now = tuning.get();
        Optional<Store> root = mesh.rootStore();
        if (root.isEmpty()) {
            publish(Map.of());
            return UNTIL_OPEN.toNanos();
        }
        SortedMap<InstanceKey, Declared> declared = declarations.all(root.get());
        if (!mesh.isMember()) {
            // A mesh asks nothing of a node that it has removed.
            declared.values().removeIf(each -> !each.local());
        }
        SortedMap<ServiceId, List<Provider>> offered = providers.all();
        Set<String> nodeTags = tags.get();
        SortedMap<InstanceKey, Declaration> readable = new TreeMap<>();
        declared.forEach((key, each) -> each.declaration().ifPresent(declaration -> readable.put(key, declaration)));
        Dependencies dependencies = Dependencies.of(readable);

        declared.keySet().forEach(key -> instances.computeIfAbsent(key, this::instance));
        SortedMap<InstanceKey, Assessment> assessments = new TreeMap<>();
        instances.forEach((key, instance) -> assessments.put(key, assess(key, instance,
                Optional.ofNullable(declared.get(key)), dependencies.problem(key),
                offered.getOrDefault(key.service(), List.of()), nodeTags)));

        long again = Long.MAX_VALUE;
        for (InstanceKey key : inOrder(dependencies)) {
            Assessment assessment = assessments.get(key);
            Target target = isolations.apply(key, withDependencies(key, assessment.target(), assessments));
            again = Math.min(again, step(key, target, inputs(key, assessment), now));
        }
        instances.forEach((key, instance) -> instance.attempt().filter(running -> instance.isRunning())
                .ifPresent(running -> lastGood.put(key, running.config())));
        forgetUndeclared(declared);
        publish(assessments);
        assessments.forEach((key, assessment) -> {
            if (!(firewall.entry(key.mesh(), key.service()) instanceof ConsentEntry.Missing)) {
                ledger.note(assessment.proposal(), assessment.verdict());
            }
        });
        return again;
    }

    /** Even if nothing else can be worked out: a consent that was withdrawn has its effect. */
    private void stopWhatIsNotConsentedTo() {
        Tuning now = tuning.get();
        instances.forEach((key, instance) -> {
            ConsentValue said = firewall.entry(key.mesh(), key.service()).value();
            if (!instance.isIdle() && said != ConsentValue.ALWAYS_ALLOW && said != ConsentValue.FOLLOW_MESH) {
                step(key, new Target.Rest(InstanceState.AWAITING_CONSENT, "The owner of this node said " + said + "."),
                        "not consented to", now);
            }
        });
    }

    /** What can't be assessed must not run, and must not keep others from being looked at. */
    private Assessment assess(InstanceKey key, Instance instance, Optional<Declared> declared,
            Optional<String> wrongWith, List<Provider> offered, Set<String> nodeTags) {
        try {
            return assessor.assess(key, declared, wrongWith, offered, instance.provider(), nodeTags, lastGood.get(key));
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("{} can't be assessed, so it does not run.", key, e);
            String problem = "It can't be assessed (" + e + "); lattice:log says more.";
            return new Assessment(declared, Optional.empty(),
                    new Proposal(key.mesh(), key.service(), Optional.empty(), Optional.empty()),
                    new Verdict.Invalid(problem), new Target.Rest(InstanceState.INVALID, problem));
        }
    }

    private long step(InstanceKey key, Target target, String inputs, Tuning now) {
        try {
            return instances.get(key).step(target, inputs, now);
        } catch (RuntimeException e) {
            LOG.error("{} can't be brought to where it should be; it is tried again.", key, e);
            return now.tick().toNanos();
        }
    }

    /** Stops everything, whoever waits for others first; after half of the time, everything at once. */
    private long stopPass() {
        Tuning now = tuning.get();
        if (stopBy == 0) {
            stopBy = System.nanoTime() + now.stopDeadline().multipliedBy(2).toNanos();
        }
        Target stopped = new Target.Rest(InstanceState.STOPPED, "The node is stopping.");
        SortedMap<InstanceKey, Declaration> running = new TreeMap<>();
        instances.forEach((key, instance) -> instance.attempt()
                .ifPresent(attempt -> running.put(key, attempt.config().declaration())));
        Dependencies dependencies = Dependencies.of(running);
        boolean hurry = stopBy - System.nanoTime() < now.stopDeadline().toNanos();
        long again = now.tick().toNanos();
        for (Map.Entry<InstanceKey, Instance> each : instances.entrySet()) {
            boolean waitedFor = dependencies.dependents(each.getKey(), running.keySet()).findAny().isPresent();
            if (running.containsKey(each.getKey())
                    && (!waitedFor || hurry || dependencies.problem(each.getKey()).isPresent())) {
                again = Math.min(again, each.getValue().step(stopped, "stopping", now));
            }
            if (System.nanoTime() > stopBy) {
                each.getValue().abandon();
            }
        }
        SortedMap<InstanceKey, Assessment> assessments = new TreeMap<>();
        instances.keySet().forEach(key -> Optional.ofNullable(view.get(key))
                .ifPresent(before -> assessments.put(key, before.assessment())));
        publish(assessments);
        return again;
    }

    private List<InstanceKey> inOrder(Dependencies dependencies) {
        List<InstanceKey> order = new ArrayList<>(dependencies.order());
        Set<InstanceKey> ordered = new HashSet<>(order);
        instances.keySet().stream().filter(key -> !ordered.contains(key)).forEach(order::add);
        return order;
    }

    private Target withDependencies(InstanceKey key, Target target, Map<InstanceKey, Assessment> assessments) {
        if (!(target instanceof Target.Run run)) {
            return target;
        }
        Declaration declaration = run.config().declaration();
        for (ServiceId required : declaration.requires()) {
            InstanceKey other = new InstanceKey(key.mesh(), required);
            Instance instance = instances.get(other);
            if (instance == null || !instance.isRunning()) {
                return new Target.Rest(InstanceState.WAITING, "It requires " + required + ", which "
                        + (instance == null ? "is not declared." : "is " + instance.state().word() + "."));
            }
        }
        if (!instances.get(key).isIdle()) {
            return target;
        }
        for (ServiceId earlier : declaration.after()) {
            InstanceKey other = new InstanceKey(key.mesh(), earlier);
            Instance instance = instances.get(other);
            if (instance != null && assessments.get(other).target() instanceof Target.Run
                    && (instance.state() == InstanceState.STARTING || instance.state() == InstanceState.WAITING)) {
                return new Target.Rest(InstanceState.WAITING, "It starts after " + earlier + ", which is "
                        + instance.state().word() + ".");
            }
        }
        return target;
    }

    private void forgetUndeclared(SortedMap<InstanceKey, Declared> declared) {
        instances.entrySet().removeIf(each -> {
            boolean over = !declared.containsKey(each.getKey()) && each.getValue().isIdle();
            if (over) {
                lastGood.forget(each.getKey());
            }
            return over;
        });
        assessor.keepOnly(instances.keySet());
        lastGood.keepOnly(instances.keySet());
    }

    private void publish(Map<InstanceKey, Assessment> assessments) {
        SortedMap<InstanceKey, ServiceView> next = new TreeMap<>();
        Set<ServiceReference<ServiceProvider>> inUse = new HashSet<>();
        instances.forEach((key, instance) -> {
            if (assessments.containsKey(key)) {
                next.put(key, instance.view(assessments.get(key)));
            }
            instance.provider().ifPresent(provider -> inUse.add(provider.reference()));
        });
        view = Collections.unmodifiableSortedMap(next);
        using = inUse;
        listener.passed(view);
    }

    private Instance instance(InstanceKey key) {
        return new Instance(key, this::attempt, this::portHolder, backoff, clock);
    }

    private Attempt attempt(InstanceKey key, int number, Target.Run target) {
        Store store = node.restrictedTo(key.mesh(), key.service(), target.acl());
        return new Attempt(key, number, target.provider(), isolations.providers(target.process(), providers),
                target.process(), target.config(), target.acl(), store, status,
                () -> firewall.entry(key.mesh(), key.service()).equals(new ConsentEntry.Given(target.consent())),
                this::trigger);
    }

    /** The instance that listens at a port which this one's config names, of whatever mesh it is. */
    private Optional<String> portHolder(InstanceKey asking, Target.Run target) {
        Set<Integer> wanted = new HashSet<>();
        Ports.in(target.config().effective(), wanted);
        Map<InstanceKey, List<Endpoint>> endpoints = new TreeMap<>();
        neighbours.views().forEach(each -> endpoints.put(each.key(), each.endpoints()));
        instances.forEach((key, instance) -> endpoints.put(key, instance.endpoints()));
        endpoints.remove(asking);
        return endpoints.entrySet().stream()
                .flatMap(each -> each.getValue().stream().map(Endpoint::port).filter(wanted::contains)
                        .map(port -> conflict(asking, port, each.getKey())))
                .findFirst();
    }

    private static String conflict(InstanceKey asking, int port, InstanceKey holder) {
        return "Port conflict: " + port + " is taken by " + holder + ", which stays. Give this one another port on this "
                + "node, or port 0 for any: lattice:override " + asking.service() + " --mesh " + asking.mesh().shortId()
                + " --set port=0";
    }

    private String inputs(InstanceKey key, Assessment assessment) {
        return assessment.declared().map(each -> each.version() + each.override().patch()).orElse("") + "|" + firewall.entry(key.mesh(), key.service())
                + "|" + assessment.provider().map(p -> p.reference().getProperty("service.id")).orElse("");
    }
}
