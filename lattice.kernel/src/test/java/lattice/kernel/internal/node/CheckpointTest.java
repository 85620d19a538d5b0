package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import lattice.api.store.Author;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.internal.backup.Restore;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.membership.Role;
import lattice.kernel.node.Verification;
import lattice.kernel.replication.ReplicaLog;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints, with whole kernels that hand each other their commits. */
class CheckpointTest {
    private static final Optional<Duration> NO_GRACE = Optional.of(Duration.ZERO);

    @RegisterExtension
    final Peers peers = new Peers();

    private static long checkpoint(Peers.Peer peer, String store) throws Exception {
        return peer.members().checkpoints().make(store, NO_GRACE).orElseThrow();
    }

    @Test
    void allMakeTheSameStateOfACheckpoint() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.put("/a", "1");
        ben.put("/a", "2");
        ann.take(ben);
        ann.put("/b", "1");
        assertThat(checkpoint(ann, "root")).isEqualTo(1);
        ben.take(ann);
        ben.store().settle();

        assertThat(ben.members().checkpoints().list().get(0).settled()).isEqualTo(1);
        assertThat(ben.members().checkpoints().list().get(0).problem()).isEmpty();
        assertThat(ann.members().checkpoints().make("root", NO_GRACE)).as("nothing new").isEmpty();
        ann.put("/b", "2");
        assertThat(checkpoint(ann, "root")).isEqualTo(2);
        ben.take(ann);
        ben.store().settle();
        assertThat(ben.members().checkpoints().list().get(0).settled()).isEqualTo(2);
        Peers.awaitSame(ann, ben);
    }

    /** As the log still goes back to where the checkpoint's state starts from, which is the rule, it is made anew of that. */
    @Test
    void aStateThatIsDamagedIsFoundAndMadeAnew() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.put("/a", "1");
        ann.take(ben);
        assertThat(checkpoint(ann, "root")).isEqualTo(1);
        ben.take(ann);
        ben.store().settle();
        Path state = peers.only("ben", "checkpoints");
        byte[] sound = Files.readAllBytes(state);
        for (int at : new int[] {0, 7, sound.length / 2, sound.length - 1}) {
            Files.write(state, changed(sound, at));
            assertThat(ben.store().verify(Long.MAX_VALUE).damages()).as("byte %s", at).singleElement().satisfies(place -> {
                assertThat(place.file()).isEqualTo(state);
                assertThat(place.repaired()).isTrue();
            });
            assertThat(state).hasBinaryContent(sound);
            assertThat(ben.store().status().problem()).isEmpty();

            Files.write(state, changed(sound, at));
            ben.restart();
            assertThat(ben.get("/a")).isEqualTo("1");
            ben.store().settle();
            assertThat(ben.store().verify(Long.MAX_VALUE).damages()).allMatch(Verification.DamagedPlace::repaired);
            assertThat(state).hasBinaryContent(sound);
        }
    }

    private static byte[] changed(byte[] bytes, int at) {
        byte[] changed = bytes.clone();
        changed[at] ^= 4;
        return changed;
    }

    @Test
    void whatComesTooLateIsVoidEverywhereAndShownToItsAuthor() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        ben.take(ann);
        ann.take(ben);
        ben.put("/late", "by Ben, cut off");
        cleo.take(ben);
        assertThat(cleo.get("/late")).isEqualTo("by Ben, cut off");
        ann.put("/x", "later");
        checkpoint(ann, "root");
        ann.take(ben);
        assertThat(ann.get("/late")).isEqualTo("-");
        cleo.take(ann);
        ben.take(ann);
        Peers.awaitSame(ann, ben);
        Peers.awaitSame(ann, cleo);
        assertThat(ben.get("/late")).isEqualTo("-");
        assertThat(ben.members().checkpoints().list().get(0).late()).containsExactly("/late");
        assertThat(ann.members().checkpoints().list().get(0).late()).isEmpty();

        ben.put("/late", "again");
        ann.take(ben);
        assertThat(ann.get("/late")).isEqualTo("again");
        ben.restartFromLog(false);
        ann.take(ben);
        Peers.awaitSame(ann, ben);
    }

    /** Who dates commits ahead, again and again, does not keep what came before from being settled. */
    @Test
    void whatIsDatedAheadDoesNotHoldBackWhatCameBeforeIt() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.put("/now", "1");
        ben.shift(Duration.ofHours(1).toMillis());
        ben.put("/ahead", "1");
        ann.take(ben);
        Author author = ben.lastOwn().author();
        long held = ann.store().replica().held().of(author);
        assertThat(ann.get("/now") + ann.get("/ahead")).isEqualTo("1-");

        checkpoint(ann, "root");
        assertThat(ann.store().control().checkpointsOf(peers.mesh()).upTo(author)).isEqualTo(held - 1);
        ann.shift(Duration.ofHours(2).toMillis());
        ann.put("/wake", "1");
        Peers.awaitThat(() -> ann.get("/ahead").equals("1"));
        checkpoint(ann, "root");
        assertThat(ann.store().control().checkpointsOf(peers.mesh()).upTo(author)).isEqualTo(held);
        ben.shift(Duration.ofHours(2).toMillis());
        ben.take(ann);
        Peers.awaitSame(ann, ben);
    }

    /** Of two histories a checkpoint covers what came before; so each who holds either of them makes the same state. */
    @Test
    void twoHistoriesDoNotKeepTheOthersFromSettling() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        ben.put("/before", "1");
        Peers.Peer twin = peers.twin(ben);
        ben.put("/x", "one");
        ben.put("/y", "one");
        twin.put("/x", "other");
        ann.take(ben);
        cleo.take(twin);
        cleo.take(ann);
        ann.take(cleo);
        Author author = ben.lastOwn().author();
        assertThat(ann.store().replica().forked()).containsKey(author).isEqualTo(cleo.store().replica().forked());

        checkpoint(ann, "root");
        assertThat(ann.store().control().checkpointsOf(peers.mesh()).upTo(author))
                .isEqualTo(ann.store().replica().forked().get(author) - 1);
        cleo.take(ann);
        cleo.store().settle();
        assertThat(cleo.members().checkpoints().list().get(0).problem()).isEmpty();
        assertThat(cleo.members().checkpoints().list().get(0).settled()).isEqualTo(1);
        Peers.awaitSame(ann, cleo);
    }

    /** What a checkpoint covers is decided, whatever a node that was cut off has heard. */
    @ParameterizedTest(name = "with the proof first: {0}")
    @ValueSource(booleans = {true, false})
    void whoHoldsAnotherHistoryThanACheckpointCoversTakesItsState(boolean proofFirst) throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        ben.put("/before", "1");
        Peers.Peer twin = peers.twin(ben);
        ben.put("/x", "one");
        twin.put("/x", "other");
        twin.put("/y", "other");
        ann.take(ben);
        cleo.take(twin);
        cleo.put("/cleo", "1");
        checkpoint(ann, "root");
        assertThat(cleo.get("/x") + cleo.get("/y")).isEqualTo("otherother");

        cleo.take(ann);
        ann.take(cleo);
        if (proofFirst) {
            cleo.take(ann);
        }
        cleo.store().settle();
        transfer(cleo.store().replica().lackedState().orElseThrow(), ann, cleo, 1000);
        cleo.take(ann);
        Peers.awaitThat(() -> (cleo.get("/x") + cleo.get("/y")).equals("one-"));
        assertThat(cleo.members().checkpoints().list().get(0).problem()).isEmpty();
        cleo.take(ann);
        ann.take(cleo);
        Peers.awaitSame(ann, cleo);
        cleo.put("/after", "1");
        ann.take(cleo);
        assertThat(checkpoint(ann, "root")).isEqualTo(2);
        cleo.take(ann);
        cleo.store().settle();
        assertThat(cleo.members().checkpoints().list().get(0).settled()).isEqualTo(2);
        Peers.awaitSame(ann, cleo);
        cleo.restartFromLog(true);
        ann.take(cleo);
        Peers.awaitSame(ann, cleo);
    }

    /** A restored founder goes on where its backup was made, in a new epoch: with a checkpoint before, and without. */
    @ParameterizedTest(name = "after {0} checkpoints")
    @ValueSource(ints = {0, 1, 2})
    void aFounderThatWasRestoredMakesTheNextCheckpoint(int before) throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.put("/by/ben", "1");
        ann.take(ben);
        for (int i = 0; i < before; i++) {
            ann.put("/covered" + i, "1");
            checkpoint(ann, "root");
        }
        ann.put("/uncovered", "1");
        ann.delete("/by/ben");
        Path backup = peers.home("ann.backup");
        new MaintenanceService(ann.kernel()).backup(backup);
        ben.take(ann);
        ann.stop();
        Restore.run(backup, Files.createDirectory(peers.home("restored")));
        Peers.Peer again = peers.start("restored");

        assertThat(again.members().checkpoints().list().get(0).problem()).isEmpty();
        again.put("/again", "1");
        assertThat(checkpoint(again, "root")).isEqualTo(before + 1);
        assertThat(again.members().checkpoints().list().get(0).settled()).isEqualTo(before + 1);
        ben.take(again);
        ben.store().settle();
        assertThat(ben.members().checkpoints().list().get(0).settled()).isEqualTo(before + 1);
        Peers.awaitSame(again, ben);
        again.restartFromLog(false);
        ben.take(again);
        Peers.awaitSame(again, ben);
        Peers.Peer cleo = newcomer(again, "cleo");
        transfer(again, cleo, 1_000);
        cleo.take(again);
        Peers.awaitSame(again, cleo);
    }

    /** A deletion is needed for as long as something older than it may still come and count. */
    @Test
    void onlyDeletionsBelowACheckpointsHorizonAreForgotten() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        long hour = Duration.ofHours(1).toMillis();
        ann.put("/old", "1");
        ann.delete("/old");
        ann.shift(3 * hour);
        ben.shift(3 * hour);
        ann.put("/new", "1");
        ben.take(ann);
        // Ben is cut off, and writes later than the checkpoint's horizon and earlier than Ann deletes.
        ben.put("/new", "by Ben");
        ann.shift(3 * hour + Duration.ofMinutes(1).toMillis());
        ann.delete("/new");
        ann.members().checkpoints().make("root", Optional.of(Duration.ofHours(2)));
        for (int i = 0; i < 3; i++) {
            ann.put("/more", "" + i);
            ann.store().snapshot();
        }
        assertThat(ann.holdsDeletionOf("/old")).isFalse();
        assertThat(ann.holdsDeletionOf("/new")).isTrue();
        ann.take(ben);
        assertThat(ann.get("/new")).as("it was deleted after Ben wrote").isEqualTo("-");
        ben.take(ann);
        Peers.awaitSame(ann, ben);
    }

    /** A revocation whose cut lies below a checkpoint changes nothing of what is settled. */
    @Test
    void whatIsSettledStays() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.ADMIN);
        Peers.Peer cleo = peers.join(ben, "cleo", Role.MEMBER);
        ann.take(ben);
        cleo.put("/settled", "by Cleo");
        ben.take(cleo);
        ann.take(ben);
        checkpoint(ann, "root");
        ben.take(ann);
        cleo.take(ann);
        cleo.put("/open", "by Cleo");
        ann.take(cleo);
        ann.members().revoke(cleo.id(), false);
        ben.take(ann);
        cleo.put("/void", "by Cleo");
        ben.take(cleo);
        ann.take(ben);
        cleo.take(ann);
        for (Peers.Peer peer : List.of(ann, ben, cleo)) {
            Peers.awaitSame(ann, peer);
            assertThat(peer.get("/settled") + peer.get("/open") + peer.get("/void")).isEqualTo("by Cleoby Cleo-");
        }
    }

    @Test
    void onlyTheFounderAndItsDelegateMakeThem() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.ADMIN);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        ben.take(ann);
        assertThatThrownBy(() -> ben.members().checkpoints().make("root", NO_GRACE)).isInstanceOf(StoreException.class)
                .hasMessageContaining(ann.id().shortId());
        assertThatThrownBy(() -> ben.members().checkpoints().delegate(Optional.of(ben.id())))
                .isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> ann.members().checkpoints().delegate(Optional.of(cleo.id())))
                .hasMessageContaining("no administrator");
        // An administrator can write there, but it proves nothing.
        ben.put("/stores/root/delegate", ben.hex() + " " + "0".repeat(128));
        assertThat(ben.members().checkpoints().mayMake()).isFalse();

        ann.take(ben);
        ann.members().checkpoints().delegate(Optional.of(ben.id()));
        ben.take(ann);
        ben.put("/x", "1");
        assertThat(checkpoint(ben, "root")).isEqualTo(1);
        ann.take(ben);
        ann.store().settle();
        assertThat(ann.members().checkpoints().list().get(0).settled()).isEqualTo(1);
        assertThat(ann.members().checkpoints().list().get(0).by()).contains(ben.id());
        ann.put("/y", "1");
        assertThat(checkpoint(ann, "root")).as("the founder still may").isEqualTo(2);
    }

    @Test
    void aChildStoreHasItsOwn() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ann.put("/stores/notes", "{\"v\":1}");
        ben.take(ann);
        Peers.awaitThat(() -> ben.kernel().storesOf(ben.store()).size() == 2);
        Peers.awaitThat(() -> ann.kernel().storesOf(ann.store()).size() == 2);
        Engine here = ann.child("notes");
        Engine there = ben.child("notes");
        there.writeAsNode(Transaction.of(new Mutation.Put(new Key("/a"), "1")));
        Peers.exchange(there, here);
        here.writeAsNode(Transaction.of(new Mutation.Put(new Key("/b"), "1")));
        assertThat(checkpoint(ann, "notes")).isEqualTo(1);
        there.writeAsNode(Transaction.of(new Mutation.Put(new Key("/late"), "1")));
        ben.take(ann);
        Peers.exchange(here, there);
        there.settle();
        assertThat(ben.members().checkpoints().list()).anySatisfy(store -> {
            assertThat(store.name()).isEqualTo("notes");
            assertThat(store.settled()).isEqualTo(1);
            assertThat(store.problem()).isEmpty();
        });
    }

    /** A newcomer's log never went back to the start, so what a state is made of is nowhere here. */
    @Test
    void aStateThatIsDamagedAndCanNotBeMadeAnewComesFromAnotherNode() throws Exception {
        Peers.Peer ann = peers.found("ann");
        for (int i = 0; i < 100; i++) {
            ann.put("/k/" + i, "v" + i);
        }
        Peers.Peer ben = newcomer(ann, "ben");
        checkpoint(ann, "root");
        transfer(ann, ben, 1000);
        ben.take(ann);
        ReplicaLog replica = ben.store().replica();
        assertThat(replica.lackedState()).isEmpty();
        Path state = peers.only("ben", "checkpoints");
        byte[] sound = Files.readAllBytes(state);
        Files.write(state, changed(sound, sound.length / 2));

        assertThat(ben.store().verify(Long.MAX_VALUE).damages()).singleElement()
                .satisfies(place -> assertThat(place.repaired()).isFalse());
        assertThat(ben.members().checkpoints().list().get(0).problem()).hasValueSatisfying(
                problem -> assertThat(problem).contains("is not held here"));
        ann.put("/k/1", "later");
        ben.take(ann);
        assertThat(checkpoint(ann, "root")).isEqualTo(2);
        ben.take(ann);
        transfer(replica.lackedState().orElseThrow(), ann, ben, 1000);
        assertThat(replica.lackedState()).isEmpty();
        assertThat(ben.members().checkpoints().list().get(0).problem()).isEmpty();
        assertThat(ben.store().verify(Long.MAX_VALUE).damages()).isEmpty();
        Peers.awaitSame(ann, ben);

        ben.put("/k/2", "by Ben");
        ann.take(ben);
        assertThat(checkpoint(ann, "root")).isEqualTo(3);
        ben.take(ann);
        ben.store().settle();
        assertThat(ben.members().checkpoints().list().get(0).settled()).isEqualTo(3);
        Peers.awaitSame(ann, ben);
    }

    /** Has a node take the state that another one offers, in parts of so many bytes. */
    private static void transfer(Peers.Peer from, Peers.Peer to, int bytes) {
        transfer(from.store().replica().offer().orElseThrow(), from, to, bytes);
    }

    private static void transfer(StateOffer offer, Peers.Peer from, Peers.Peer to, int bytes) {
        ReplicaLog source = from.store().replica();
        ReplicaLog target = to.store().replica();
        StateProgress progress = target.accept(offer);
        while (!progress.isComplete()) {
            progress = target.receive(progress.state(), progress.have(),
                    source.state(progress.state(), progress.have(), bytes));
        }
    }

    private Peers.Peer newcomer(Peers.Peer inviter, String name) throws Exception {
        Peers.Peer peer = peers.start(name);
        peer.kernel().join(peers.mesh());
        inviter.members().grant(peer.id(), Role.MEMBER, Optional.empty(), name, List.of());
        return peer;
    }

    @Test
    void aNewcomerTakesTheStateOfACheckpointAndFollows() throws Exception {
        Peers.Peer ann = peers.found("ann");
        for (int i = 0; i < 300; i++) {
            ann.put("/k/" + i, "v" + i);
        }
        ann.store().writeAsNode(Transaction.of(new Mutation.Delete(new Key("/k/7"))));
        Peers.Peer ben = newcomer(ann, "ben");
        checkpoint(ann, "root");
        ann.put("/after", "1");
        transfer(ann, ben, 1000);

        assertThat(ben.get("/k/8") + ben.get("/k/7") + ben.get("/after")).isEqualTo("v8--");
        assertThat(ben.members().isMember(ben.id())).isTrue();
        ben.take(ann);
        Peers.awaitSame(ann, ben);
        ben.put("/mine", "1");
        ann.take(ben);
        Peers.awaitSame(ann, ben);
        assertThat(checkpoint(ann, "root")).isEqualTo(2);
        ben.take(ann);
        ben.store().settle();
        assertThat(ben.members().checkpoints().list().get(0).settled()).isEqualTo(2);
        assertThat(ben.members().checkpoints().list().get(0).problem()).isEmpty();
        ben.restartFromLog(true);
        ann.take(ben);
        Peers.awaitSame(ann, ben);
    }

    @Test
    void whoWasAwayForLongKeepsWhatItWroteMeanwhile() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ann.put("/gone", "1");
        ann.put("/both", "by Ann, first");
        ben.take(ann);
        ben.put("/mine", "by Ben");
        ben.put("/both", "by Ben");
        ann.store().writeAsNode(Transaction.of(new Mutation.Delete(new Key("/gone"))));
        ann.put("/both", "by Ann, last");
        ann.members().checkpoints().make("root", Optional.of(Duration.ofHours(1)));
        transfer(ann, ben, 1000);

        assertThat(ben.get("/gone") + ben.get("/mine") + ben.get("/both")).isEqualTo("-by Benby Ann, last");
        ann.take(ben);
        ben.take(ann);
        Peers.awaitSame(ann, ben);
        assertThat(ann.get("/mine")).isEqualTo("by Ben");
    }

    @Test
    void aStateThatIsNotWhatWasSignedIsRefused() throws Exception {
        Peers.Peer ann = peers.found("ann");
        ann.put("/a", "1");
        Peers.Peer ben = newcomer(ann, "ben");
        checkpoint(ann, "root");
        ReplicaLog source = ann.store().replica();
        ReplicaLog target = ben.store().replica();
        StateOffer offer = source.offer().orElseThrow();
        byte[] forged = new String(offer.checkpoint()).replaceFirst("horizon [0-9]", "horizon 3").getBytes();
        assertThatThrownBy(() -> target.accept(new StateOffer(offer.founding(), forged)))
                .hasMessageContaining("nobody who may has signed");
        Peers.Peer eve = peers.start("eve");
        byte[] foreign = eve.kernel().root().replica().after(VersionVector.EMPTY, 1).get(0).commit();
        assertThatThrownBy(() -> target.accept(new StateOffer(foreign, offer.checkpoint())))
                .hasMessageContaining("nobody who may has signed");

        StateProgress begun = target.accept(offer);
        byte[] altered = source.state(begun.state(), 0, Integer.MAX_VALUE);
        altered[altered.length / 2] ^= 1;
        assertThatThrownBy(() -> target.receive(begun.state(), 0, altered)).hasMessageContaining("not the one that was signed");
        assertThat(ben.get("/a")).isEqualTo("-");
        transfer(ann, ben, 100);
        assertThat(ben.get("/a")).isEqualTo("1");
    }

    /** Nodes write, grant, revoke, make checkpoints and meet at random; in the end all have met: one state. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whateverTheOrderOfMeetingAllEndInOneState(long seed) throws Exception {
        Random random = new Random(seed);
        Peers.Peer ann = peers.found("ann");
        List<Peers.Peer> all = new ArrayList<>(List.of(ann));
        for (String name : List.of("ben", "cleo", "dora")) {
            all.add(peers.join(ann, name, random.nextBoolean() ? Role.ADMIN : Role.MEMBER));
        }
        int made = 0;
        for (int step = 0; step < 120; step++) {
            Peers.Peer one = all.get(random.nextInt(all.size()));
            Peers.Peer other = all.get(random.nextInt(all.size()));
            try {
                switch (random.nextInt(9)) {
                    case 0 -> one.members().revoke(other.id(), false);
                    case 1 -> one.members().grant(other.id(), random.nextBoolean() ? Role.ADMIN : Role.MEMBER,
                            Optional.empty(), other.name(), List.of());
                    case 2 -> made += ann.members().checkpoints().make("root", NO_GRACE).isPresent() ? 1 : 0;
                    case 3 -> one.store().writeAsNode(Transaction.of(new Mutation.Delete(new Key("/k" + random.nextInt(6)))));
                    case 4, 5 -> one.put("/k" + random.nextInt(6), one.name() + step);
                    default -> {
                        if (one != other) {
                            one.take(other);
                        }
                    }
                }
            } catch (StoreException e) {
                assertThat(e.code()).as("seed %d, step %d: %s", seed, step, e.getMessage())
                        .isEqualTo(StoreException.Code.DENIED);
            }
        }
        assertThat(made).isPositive();
        for (int round = 0; round < 2; round++) {
            for (Peers.Peer one : all) {
                for (Peers.Peer other : all) {
                    if (one != other) {
                        one.take(other);
                    }
                }
            }
        }
        for (Peers.Peer one : all) {
            Peers.awaitSame(ann, one);
            one.store().settle();
            assertThat(one.members().checkpoints().list().get(0).problem()).as("seed %d", seed).isEmpty();
            assertThat(one.members().checkpoints().list().get(0).settled()).isEqualTo(made);
        }
        for (Peers.Peer one : all) {
            if (one.members().isMember(one.id())) {
                one.restartFromLog(random.nextBoolean());
            }
        }
        for (Peers.Peer one : all) {
            for (Peers.Peer other : all) {
                if (one != other) {
                    one.take(other);
                }
            }
        }
        for (Peers.Peer one : all) {
            Peers.awaitSame(ann, one);
        }
    }
}
