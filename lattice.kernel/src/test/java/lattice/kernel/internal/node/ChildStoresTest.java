package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import lattice.api.id.NodeId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.membership.DeclaredStore;
import lattice.kernel.membership.DeclaredStores;
import lattice.kernel.membership.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who holds the child stores of a mesh, and that what their root store says is obeyed in them. */
class ChildStoresTest {
    @RegisterExtension
    final Peers peers = new Peers();

    @Test
    void onlyThoseListedHoldAStore() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        ann.put("/stores/pair", "{\"v\":1,\"nodes\":[\"" + ann.hex() + "\",\"" + ben.hex() + "\"]}");
        ann.put("/stores/all", "{\"v\":1}");
        ben.take(ann);
        cleo.take(ann);

        Peers.awaitThat(() -> holds(ann, "pair") && holds(ann, "all") && holds(ben, "pair") && holds(ben, "all"));
        Peers.awaitThat(() -> holds(cleo, "all"));
        assertThat(holds(cleo, "pair")).isFalse();
        assertThat(ann.child("pair").replica().holders()).containsExactlyInAnyOrder(ann.id(), ben.id());
        assertThat(ann.child("all").replica().holders()).isEmpty();

        ann.put("/stores/pair", "{\"v\":1,\"nodes\":[\"" + ann.hex() + "\",\"" + cleo.hex() + "\"]}");
        ben.take(ann);
        cleo.take(ann);
        Peers.awaitThat(() -> !holds(ben, "pair") && holds(cleo, "pair"));
        Peers.awaitThat(() -> !ann.child("pair").replica().holders().contains(ben.id()));
    }

    @Test
    void administratorsSayWhichStoresThereAreAndWhoHoldsThem() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        DeclaredStores stores = ann.members().stores();
        stores.declare("all", Set.of());
        stores.declare("bens", Set.of(ben.id()));
        ann.put("/stores/broken", "{}");
        ben.take(ann);

        Peers.awaitThat(() -> holds(ann, "all") && holds(ben, "all") && holds(ben, "bens"));
        assertThat(stores.list()).extracting(DeclaredStore::name, DeclaredStore::nodes, DeclaredStore::openAs)
                .containsExactly(tuple("all", Set.of(), Optional.of("all")), tuple("bens", Set.of(ben.id()), Optional.empty()),
                        tuple("broken", Set.of(), Optional.empty()));
        assertThat(stores.list().get(1).problem()).isEmpty();
        assertThat(stores.list().get(2).problem()).hasValueSatisfying(problem -> assertThat(problem).contains("invalid"));
        assertThat(ben.members().stores().list().get(1).openAs()).contains("mesh-" + peers.mesh().shortId() + ".bens");
        assertThatThrownBy(() -> ben.members().stores().declare("mine", Set.of())).isInstanceOf(StoreException.class)
                .hasMessageContaining("no administrator");
        assertThatThrownBy(() -> ben.members().stores().undeclare("all")).isInstanceOf(StoreException.class);
        for (String name : List.of("root", "meta", "a/b", "", "..")) {
            assertThatThrownBy(() -> stores.declare(name, Set.of())).as(name).isInstanceOf(StoreException.class);
        }

        assertThat(stores.undeclare("all")).isTrue();
        assertThat(stores.undeclare("all")).isFalse();
        ben.take(ann);
        Peers.awaitThat(() -> !holds(ann, "all") && !holds(ben, "all"));
    }

    /** What somebody wrote into a child store counts no more once it is known here that he had been revoked. */
    @Test
    void aRevocationThatComesLateCountsInChildStoresToo() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        ann.put("/stores/notes", "{\"v\":1}");
        ben.take(ann);
        cleo.take(ann);
        Peers.awaitThat(() -> holds(ann, "notes") && holds(ben, "notes") && holds(cleo, "notes"));
        put(ben.child("notes"), "/in-time", "1");
        Peers.exchange(ben.child("notes"), ann.child("notes"));

        ann.members().revoke(ben.id(), false);
        put(ben.child("notes"), "/too-late", "1");
        Peers.exchange(ben.child("notes"), cleo.child("notes"));
        assertThat(get(cleo, "/too-late")).as("Cleo does not know yet").isEqualTo("1");
        Peers.exchange(cleo.child("notes"), ann.child("notes"));
        assertThat(get(ann, "/too-late")).isEqualTo("-");

        cleo.take(ann);
        Peers.awaitThat(() -> get(cleo, "/too-late").equals("-"));
        assertThat(get(cleo, "/in-time")).isEqualTo("1");
        assertThat(get(ann, "/in-time")).isEqualTo("1");
    }

    /** It signs, ends commands and tries snapshots again, of all stores, and to open one may take long. */
    @Test
    void theTimerIsFreeWhileAStoreIsOpened() throws Exception {
        Peers.Peer ann = peers.found("ann");
        ann.put("/stores/slow", "{\"v\":1}");
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        ExecutorService pool = Executors.newCachedThreadPool();
        CountDownLatch opening = new CountDownLatch(2);
        CountDownLatch goOn = new CountDownLatch(1);
        ChildStores.Opener slow = new ChildStores.Opener() {
            @Override
            public Engine open(String name) throws IOException {
                opening.countDown();
                if (opening.getCount() == 0) {
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                }
                throw new IOException("The disk is not there.");
            }

            @Override
            public boolean isThere(String name) {
                return true;
            }
        };
        NodeKernel.StoreListener nobody = new NodeKernel.StoreListener() {
            @Override
            public void opened(Engine store) {
                throw new AssertionError("None is opened.");
            }

            @Override
            public void closing(Engine store) {
                throw new AssertionError("None is open.");
            }
        };
        try (ChildStores stores = new ChildStores(ann.id(), ann.kernel().root(), timer, pool, nobody, slow)) {
            assertThat(stores.problems().get("slow")).contains("The disk is not there.");
            try {
                assertThat(opening.await(60, TimeUnit.SECONDS)).as("it is tried again").isTrue();
                timer.submit(() -> { }).get(20, TimeUnit.SECONDS);
            } finally {
                goOn.countDown();
            }
        } finally {
            timer.shutdownNow();
            pool.shutdown();
        }
    }

    /** Nobody who removes a node may wipe out, unknowing, what it wrote where he does not look. */
    @Test
    void whoRemovesANodeHoldsWhatItWroteOrIsToldThatItWillNotCount() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        ann.members().stores().declare("notes", Set.of(ben.id(), cleo.id()));
        ben.take(ann);
        cleo.take(ann);
        Peers.awaitThat(() -> holds(ben, "notes") && holds(cleo, "notes"));
        put(ben.child("notes"), "/kept", "1");
        Peers.exchange(ben.child("notes"), cleo.child("notes"));

        assertThatThrownBy(() -> ann.members().revoke(ben.id(), false)).isInstanceOf(StoreException.class)
                .hasMessageContaining("notes").hasMessageContaining("--force");
        assertThat(ann.members().isMember(ben.id())).isTrue();
        ann.members().revoke(ben.id(), true);
        cleo.take(ann);
        Peers.awaitThat(() -> get(cleo, "/kept").equals("-"));
    }

    @Test
    void whatALeaverWroteWhereItWasTakenOffTheListStays() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ann.members().stores().declare("notes", Set.of());
        ben.take(ann);
        Peers.awaitThat(() -> holds(ann, "notes") && holds(ben, "notes"));
        put(ben.child("notes"), "/kept", "1");
        Peers.exchange(ben.child("notes"), ann.child("notes"));
        ann.members().stores().declare("notes", Set.of(ann.id()));
        ben.take(ann);
        Peers.awaitThat(() -> !holds(ben, "notes"));

        ben.members().leave();
        ann.take(ben);
        assertThat(ann.members().isMember(ben.id())).isFalse();
        ann.child("notes").settle();
        assertThat(get(ann, "/kept")).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"v\":2}", "{\"v\":1,\"nodes\":[]}", "{\"v\":1,\"nodes\":\"all\"}", "{\"v\":1,\"nodes\":[7]}",
            "{\"v\":1,\"nodes\":[\"47f1b823\"]}", "{\"v\":1,\"members\":[]}", "{\"v\":1} {\"v\":1}", "{\"v\":1,\"nodes\":["})
    void whatIsNoDeclarationOpensNothing(String text) {
        assertThatThrownBy(() -> StoreDeclaration.parse(text.getBytes(StandardCharsets.UTF_8))).isInstanceOf(IOException.class)
                .hasMessageEndingWith(".");
    }

    @Test
    void withoutAListItIsForAll() throws Exception {
        NodeId some = new NodeId("ab".repeat(32));
        NodeId other = new NodeId("cd".repeat(32));
        assertThat(parse("{\"v\":1}").isFor(some)).isTrue();
        StoreDeclaration listed = parse("{\"nodes\":[\"" + some.hex() + "\"],\"v\":1}");
        assertThat(listed.isFor(some)).isTrue();
        assertThat(listed.isFor(other)).isFalse();
    }

    private static StoreDeclaration parse(String text) throws IOException {
        return StoreDeclaration.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean holds(Peers.Peer peer, String store) {
        return peer.kernel().storesOf(peer.store()).stream()
                .anyMatch(engine -> engine.name().equals(store) || engine.name().endsWith("." + store));
    }

    private static void put(Engine store, String key, String value) {
        store.writeAsNode(Transaction.of(new Mutation.Put(new Key(key), value)));
    }

    private static String get(Peers.Peer peer, String key) {
        return peer.child("notes").get(new Key(key)).map(Entry::text).orElse("-");
    }
}
