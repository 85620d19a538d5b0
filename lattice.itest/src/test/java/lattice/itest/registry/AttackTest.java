package lattice.itest.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.statemachine.StateMachine;
import lattice.api.store.Acl;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.consent.ConsentValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/**
 * Attacks the firewall through every way to write into a node that is not its owner's: arbitrary bytes, and what is
 * valid with a piece changed. Whatever is written, no factory is called without consent and no consent changes.
 */
@ExtendWith(BundleContextExtension.class)
@Timeout(180)
class AttackTest {
    private static final int WRITES = 1500;
    private static final String MACHINE = "itest.attacker";

    private Owner owner;
    private BundleContext context;
    private String consented;
    private final List<String> targets = new ArrayList<>();
    private final Set<Integer> ports = ConcurrentHashMap.newKeySet();
    private final Set<Key> before = new HashSet<>();
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @BeforeEach
    void begin(@InjectBundleContext BundleContext injected) throws Exception {
        context = injected;
        owner = new Owner(injected);
        try (Stream<Entry> entries = owner.root.scan(Prefix.ALL)) {
            entries.forEach(entry -> before.add(entry.key()));
        }
        for (String name : List.of("target-a", "target-b", "target-blocked")) {
            targets.add(owner.deploy(name));
        }
        owner.probe("target-consented").behaviour = instance -> {
            ports.add(instance.config().integer("port"));
            return () -> { };
        };
        consented = owner.deploy("target-consented");
        owner.declareGlobal(consented, "{}");
        owner.consent(consented, ConsentValue.FOLLOW_MESH);
        owner.await(consented, InstanceState.RUNNING);
        owner.consent("itest.target-blocked", ConsentValue.BLOCK);
    }

    @AfterEach
    void end() throws Exception {
        sweep();
        owner.close();
    }

    @Test
    void writesToAStoreStartNothingAndChangeNoConsent() throws Exception {
        attackThrough(owner.root);
    }

    @Test
    void writesWithTheRightsOfAServiceStartNothingAndChangeNoConsent() throws Exception {
        attackThrough(owner.node.restrictedTo(owner.root.id(), new ServiceId("itest.attacker"),
                new Acl(Set.of(Prefix.ALL), Set.of(Prefix.ALL))));
    }

    @Test
    void effectsOfStateMachinesStartNothingAndChangeNoConsent() throws Exception {
        StateMachine attacker = (state, command) -> {
            List<Effect> effects = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                effects.add(switch (random.nextInt(4)) {
                    case 0 -> new Effect.AppendToLog(key(), value());
                    case 1 -> new Effect.AddToSet(key(), "config");
                    case 2 -> new Effect.RemoveRegister(key());
                    default -> new Effect.SetRegister(key(), value());
                });
            }
            return new Decision.Accept(effects);
        };
        ServiceRegistration<StateMachine> registration = context.registerService(StateMachine.class, attacker,
                new Hashtable<>(Map.of(StateMachine.NAME, MACHINE)));
        try {
            unharmed(() -> owner.root.apply(MACHINE, new byte[0]).toCompletableFuture().get(20, TimeUnit.SECONDS));
        } finally {
            registration.unregister();
        }
    }

    @Test
    void whatWasWrittenWhileTheRegistryWasDownStartsNothing() throws Exception {
        List<String> consents = owner.consents();
        List<Bundle> parts = Stream.of(context.getBundles())
                .filter(each -> Set.of("lattice.registry", "lattice.consent").contains(each.getSymbolicName()))
                .toList();
        for (Bundle part : parts) {
            part.stop();
        }
        for (int i = 0; i < WRITES; i++) {
            try {
                owner.root.put(key(), value());
            } catch (StoreException e) {
                assertThat(e.code()).as("seed " + seed).isNotEqualTo(StoreException.Code.CLOSED);
            }
        }
        targets.add(owner.deploy("target-hot"));
        owner.declareGlobal("itest.target-hot", "{}");
        for (Bundle part : parts) {
            part.start();
        }
        owner = new Owner(context, owner);
        assertThat(owner.settled("itest.target-hot").orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(targets.stream().mapToInt(this::touched).sum()).as("seed " + seed).isZero();
        assertThat(owner.consents()).as("seed " + seed).isEqualTo(consents);
        assertThat(ports).as("seed " + seed + ": ports that it ever ran with").containsOnly(7000);
    }

    @Test
    void filesInTheDeployFolderAreNoConfiguration() throws Exception {
        Path deploy = Files.createDirectories(owner.node.home().resolve("deploy"));
        List<Path> dropped = new ArrayList<>();
        List<String> consents = owner.consents();
        try {
            for (String name : List.of("lattice.consent-x.cfg", "lattice.consent~x.config", "lattice.consent.json",
                    "lattice.node.cfg")) {
                Path file = deploy.resolve(name);
                Files.writeString(file, "v=1\nmesh=" + owner.root.id() + "\nservice=" + targets.get(0)
                        + "\nvalue=AlwaysAllow\ntags=here\n");
                dropped.add(file);
            }
            owner.declareGlobal(targets.get(0), "{}");
            for (int i = 0; i < 20; i++) {
                assertThat(owner.settled(targets.get(0)).orElseThrow().state())
                        .isEqualTo(InstanceState.AWAITING_CONSENT);
                Thread.sleep(100); // time for whoever watches the folder to do the wrong thing
            }
            assertThat(owner.consents()).isEqualTo(consents);
        } finally {
            for (Path file : dropped) {
                Files.delete(file);
            }
        }
    }

    /** Takes away what the attacker left, so that other tests have a clean store. */
    private void sweep() {
        List<Mutation> deletes = new ArrayList<>();
        try (Stream<Entry> entries = owner.root.scan(Prefix.ALL)) {
            entries.filter(entry -> !before.contains(entry.key()))
                    .forEach(entry -> deletes.add(new Mutation.Delete(entry.key())));
        }
        for (int i = 0; i < deletes.size(); i += 500) {
            owner.root.write(new Transaction(deletes.subList(i, Math.min(i + 500, deletes.size())), Optional.empty()));
        }
    }

    private void attackThrough(Store store) throws Exception {
        unharmed(() -> {
            switch (random.nextInt(6)) {
                case 0 -> store.delete(key());
                case 1 -> store.write(Transaction.of(new Mutation.Put(key(), value()), new Mutation.Put(key(), value()),
                        new Mutation.Delete(key())).withOperationId(String.valueOf(random.nextInt(10))));
                case 2 -> store.apply("no such machine", value()).toCompletableFuture().get(20, TimeUnit.SECONDS);
                default -> store.put(key(), value());
            }
        });
    }

    /** A write of the attacker's. */
    private interface Write {
        void run() throws Exception;
    }

    private void unharmed(Write write) throws Exception {
        List<String> consentsBefore = owner.consents();
        int refused = 0;
        for (int i = 0; i < WRITES; i++) {
            try {
                write.run();
            } catch (StoreException | ExecutionException e) {
                refused++;
            }
        }
        String story = "seed " + seed + ", " + refused + " of " + WRITES + " writes refused";
        owner.settled(consented);
        assertThat(targets.stream().mapToInt(this::touched).sum()).as(story).isZero();
        assertThat(owner.consents()).as(story).isEqualTo(consentsBefore);
        assertThat(ports).as(story + ": ports that it ever ran with").containsOnly(7000);
        owner.declareGlobal(consented, "{}");
        owner.await(consented, InstanceState.RUNNING);
    }

    private int touched(String service) {
        String name = service.substring("itest.".length());
        return owner.probe(name).constructed.get() + owner.probe(name).created.get();
    }

    private Key key() {
        String service = random.nextInt(4) == 0 ? consented : targets.get(random.nextInt(targets.size()));
        String node = owner.node.id().hex();
        while (true) {
            String path = switch (random.nextInt(14)) {
                case 0, 1, 2, 3 -> "/services/" + service + "/config";
                case 4 -> "/services/" + service + "/consent";
                case 5 -> "/nodes/" + node + "/services/" + service;
                case 6 -> "/nodes/" + node + "/consents/" + service;
                case 7 -> "/lattice.consent/" + owner.root.id() + "." + service;
                case 8 -> "/consent/decisions/" + owner.root.id() + "/" + service + "/1";
                case 9 -> "/registry/" + (random.nextBoolean() ? "local" : "last-good") + "/" + owner.root.id() + "/"
                        + service;
                case 10 -> "/config/lattice.consent~" + owner.root.id() + "." + service;
                case 11 -> "/stores/s" + random.nextInt(5);
                case 12 -> "/state/" + service + "/" + random.nextInt(100);
                default -> "/" + mutated("services/" + service + "/config");
            };
            try {
                return new Key(path);
            } catch (StoreException e) {
                continue; // no key at all; take another
            }
        }
    }

    private byte[] value() {
        String service = targets.get(random.nextInt(targets.size()));
        String text = switch (random.nextInt(8)) {
            case 0, 1, 2 -> "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":{\"port\":" + random.nextInt(65536)
                    + "},\"requires\":[],\"after\":[],\"restart\":\"always\",\"isolation\":\"node\"}";
            case 3 -> "{\"v\":1,\"policy\":{\"type\":\"LocalOnly\"},\"config\":{}}";
            case 4 -> "{\"v\":1,\"policy\":{\"type\":\"TaggedNodes\",\"tags\":[\"a\"]},\"requires\":[\"" + service
                    + "\"]}";
            case 5 -> "{\"v\":1,\"mesh\":\"" + owner.root.id() + "\",\"service\":\"" + service
                    + "\",\"value\":\"AlwaysAllow\"}";
            case 6 -> "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"consent\":\"AlwaysAllow\",\"config\":{}}";
            default -> "service.factoryPid=\"lattice.consent\"\nvalue=\"AlwaysAllow\"\nservice=\"" + service + "\"";
        };
        if (random.nextInt(10) == 0) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            return noise;
        }
        return (random.nextBoolean() ? mutated(text) : text).getBytes(StandardCharsets.UTF_8);
    }

    private String mutated(String text) {
        StringBuilder changed = new StringBuilder(text);
        for (int i = random.nextInt(3); i >= 0 && changed.length() > 1; i--) {
            int place = random.nextInt(changed.length());
            switch (random.nextInt(3)) {
                case 0 -> changed.deleteCharAt(place);
                case 1 -> changed.insert(place, (char) random.nextInt(128));
                default -> changed.setCharAt(place, (char) random.nextInt(128));
            }
        }
        return changed.toString();
    }
}
