package lattice.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.statemachine.StateMachine;
import lattice.api.store.Acl;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.HistoryEntry.Outcome;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.StoreException.Code;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link Store} promises to those who use it, as tests; a subclass says how to open one. */
@Timeout(60)
public abstract class StoreContract {
    private static final long PATIENCE_SECONDS = 30;
    private static final ServiceId SERVICE = new ServiceId("test.service");

    /** A store under test. */
    public interface Opened extends AutoCloseable {
        /** A root store with nothing under {@code /t}. */
        Store store();

        /** The same with the rights of a service. */
        Store restrictedTo(ServiceId service, Acl acl);

        /** The node whose store it is. */
        NodeId node();
    }

    private Opened opened;
    private Store store;

    /** Opens a store that knows these state machines by these names. */
    protected abstract Opened open(Map<String, StateMachine> stateMachines) throws Exception;

    @BeforeEach
    final void openStore() throws Exception {
        opened = open(Map.of(
                "test.set", (state, command) -> new Decision.Accept(
                        new Effect.SetRegister(key("/t/register"), command),
                        new Effect.SetRegister(key("/t/doomed"), command),
                        new Effect.RemoveRegister(key("/t/doomed")),
                        new Effect.AddToSet(key("/t/set"), "one"),
                        new Effect.AddToSet(key("/t/set"), "two/parts"),
                        new Effect.RemoveFromSet(key("/t/set"), "one")),
                "test.count", (state, command) -> new Decision.Accept(
                        new Effect.AddToCounter(key("/t/counter"), 3), new Effect.AddToCounter(key("/t/counter"), -1)),
                "test.append", (state, command) -> new Decision.Accept(
                        new Effect.AppendToLog(key("/t/log"), command),
                        new Effect.AppendToLog(key("/t/log"), (new String(command, UTF_8) + " again").getBytes(UTF_8))),
                "test.increment", (state, command) -> {
                    int before = state.get(key("/t/number")).map(entry -> Integer.parseInt(entry.text())).orElse(0);
                    return new Decision.Accept(new Effect.SetRegister(key("/t/number"), bytes("" + (before + 1))));
                },
                "test.scan", (state, command) -> new Decision.Accept(new Effect.SetRegister(key("/t/seen"),
                        bytes(String.join(" ", paths(state.scan(new Prefix("/t/in"))))))),
                "test.nothing", (state, command) -> new Decision.Accept(),
                "test.refuse", (state, command) -> new Decision.Refuse("No, said the test."),
                "test.throw", (state, command) -> {
                    throw new IllegalStateException("on purpose");
                },
                "test.malformed", (state, command) -> new Decision.Accept(
                        new Effect.SetRegister(key("/t/before"), command), new Effect.AddToSet(key("/t/set"), "a//b"))));
        store = opened.store();
    }

    @AfterEach
    final void closeStore() throws Exception {
        if (opened != null) {
            opened.close();
        }
    }

    @Nested
    class Values {
        @Test
        void aValueThatWasPutIsThere() {
            assertThat(store.get(key("/t/a"))).isEmpty();
            Receipt receipt = store.put(key("/t/a"), "one");
            Entry entry = store.get(key("/t/a")).orElseThrow();
            assertThat(entry.text()).isEqualTo("one");
            assertThat(entry.key()).isEqualTo(key("/t/a"));
            assertThat(entry.version()).isEqualTo(receipt.version());
            assertThat(entry.revision()).isEqualTo(receipt.position().revision());
            assertThat(entry.concurrent()).isFalse();
            assertThat(entry.version().author().node()).isEqualTo(opened.node());
        }

        @Test
        void aLaterValueReplacesAnEarlierOneWithAGreaterVersionAndRevision() {
            Receipt first = store.put(key("/t/a"), "one");
            Receipt second = store.put(key("/t/a"), "two");
            assertThat(store.get(key("/t/a")).orElseThrow().text()).isEqualTo("two");
            assertThat(second.version()).isGreaterThan(first.version());
            assertThat(second.position().revision()).isGreaterThan(first.position().revision());
            assertThat(second.position().logId()).isEqualTo(first.position().logId());
            assertThat(store.position().revision()).isGreaterThanOrEqualTo(second.position().revision());
        }

        @Test
        void aDeletedValueIsGoneAndToDeleteNothingIsNoError() {
            store.put(key("/t/a"), "one");
            store.delete(key("/t/a"));
            assertThat(store.get(key("/t/a"))).isEmpty();
            assertThat(store.scan(new Prefix("/t"))).isEmpty();
            store.delete(key("/t/a"));
            store.delete(key("/t/never"));
            store.put(key("/t/a"), "again");
            assertThat(store.get(key("/t/a")).orElseThrow().text()).isEqualTo("again");
        }

        @Test
        void anyBytesComeBackAsTheyWere() {
            byte[] all = new byte[256];
            for (int i = 0; i < all.length; i++) {
                all[i] = (byte) i;
            }
            store.put(key("/t/all"), all);
            store.put(key("/t/none"), new byte[0]);
            assertThat(store.get(key("/t/all")).orElseThrow().value()).isEqualTo(all);
            assertThat(store.get(key("/t/none")).orElseThrow().value()).isEmpty();
        }

        @Test
        void theLongestKeyAndValueAreTaken() {
            Key longest = key("/t/" + "k".repeat(Key.MAX_BYTES - 3));
            byte[] value = new byte[Mutation.MAX_VALUE_BYTES];
            value[value.length - 1] = 42;
            store.put(longest, value);
            assertThat(store.get(longest).orElseThrow().value()).isEqualTo(value);
        }

        @Test
        void longerOnesAreNot() {
            assertCode(Code.INVALID_KEY, () -> store.put(key("/t/" + "k".repeat(Key.MAX_BYTES - 2)), "x"));
            assertCode(Code.TOO_LARGE, () -> store.put(key("/t/a"), new byte[Mutation.MAX_VALUE_BYTES + 1]));
            assertCode(Code.TOO_LARGE, () -> store.write(new Transaction(IntStream.range(0, 9)
                    .mapToObj(i -> put("/t/" + i, new byte[Mutation.MAX_VALUE_BYTES])).toList(), Optional.empty())));
            assertCode(Code.INVALID_TRANSACTION, () -> store.write(Transaction.of()));
            assertThat(store.scan(new Prefix("/t"))).isEmpty();
        }
    }

    @Nested
    class Scans {
        @Test
        void aPrefixHoldsItsKeyAndThoseBelowButNotItsNeighbours() {
            for (String path : List.of("/t/a", "/t/a!", "/t/a!/x", "/t/a-b", "/t/a/x", "/t/a/x/y", "/t/a0", "/t/ab", "/t/b")) {
                store.put(key(path), path);
            }
            assertThat(paths(store.scan(new Prefix("/t/a")))).containsExactly("/t/a", "/t/a/x", "/t/a/x/y");
            assertThat(paths(store.scan(new Prefix("/t/a/x")))).containsExactly("/t/a/x", "/t/a/x/y");
            assertThat(store.scan(new Prefix("/t/a/nothing"))).isEmpty();
            assertThat(paths(store.scan(Prefix.ALL))).contains("/t/a!", "/t/a", "/t/b");
        }

        @Test
        void keysComeInTheOrderOfTheirCodePoints() {
            // U+FF5E sorts after U+1F600 by UTF-16 code units, and before it by code points.
            List<String> paths = List.of("/t/A", "/t/a", "/t/a!", "/t/a/b", "/t/a0", "/t/z", "/t/\u00e9", "/t/\uff5e",
                    "/t/\ud83d\ude00");
            List<String> shuffled = new ArrayList<>(paths);
            shuffled.sort(Comparator.comparing(path -> path.hashCode() * 31));
            shuffled.forEach(path -> store.put(key(path), path));
            assertThat(paths(store.scan(new Prefix("/t")))).containsExactlyElementsOf(paths);
        }

        @Test
        void aScanIsTakenUpAfterAKey() {
            for (String path : List.of("/t/a", "/t/a!", "/t/a/x", "/t/a/y", "/t/b")) {
                store.put(key(path), path);
            }
            Prefix prefix = new Prefix("/t/a");
            assertThat(paths(store.scan(prefix, key("/t/a")))).containsExactly("/t/a/x", "/t/a/y");
            assertThat(paths(store.scan(prefix, key("/t/a/x")))).containsExactly("/t/a/y");
            assertThat(paths(store.scan(prefix, key("/t/a/w")))).containsExactly("/t/a/x", "/t/a/y");
            assertThat(paths(store.scan(prefix, key("/s")))).containsExactly("/t/a", "/t/a/x", "/t/a/y");
            assertThat(store.scan(prefix, key("/t/a/y"))).isEmpty();
            assertThat(store.scan(prefix, key("/u"))).isEmpty();
        }

        @Test
        void inPagesAScanSeesEverythingOnce() {
            for (int i = 0; i < 250; i++) {
                store.put(key("/t/" + i), "" + i);
            }
            List<String> all = paths(store.scan(new Prefix("/t")));
            List<String> paged = new ArrayList<>(paths(store.scan(new Prefix("/t")).limit(7)));
            while (true) {
                List<String> page = paths(store.scan(new Prefix("/t"), key(paged.get(paged.size() - 1))).limit(7));
                if (page.isEmpty()) {
                    break;
                }
                paged.addAll(page);
            }
            assertThat(paged).hasSize(250).isEqualTo(all);
        }

        @Test
        void whatWasThereThroughoutIsSeenOnceDespiteWritesMeanwhile() throws Exception {
            for (int i = 0; i < 500; i++) {
                store.put(key("/t/keep/" + i), "" + i);
            }
            inParallel(writing(200, i -> store.put(key("/t/keep/" + i % 500 + "/new"), "x")), () -> {
                for (int i = 0; i < 20; i++) {
                    List<String> seen = paths(store.scan(new Prefix("/t"))).stream()
                            .filter(path -> !path.endsWith("/new")).toList();
                    assertThat(seen).hasSize(500).doesNotHaveDuplicates();
                }
                return null;
            });
        }
    }

    @Nested
    class Transactions {
        @Test
        void allOfATransactionIsAtOneRevision() {
            store.put(key("/t/c"), "old");
            Receipt receipt = store.write(Transaction.of(put("/t/a", "1"), put("/t/b", "2"), delete("/t/c")));
            Entry a = store.get(key("/t/a")).orElseThrow();
            Entry b = store.get(key("/t/b")).orElseThrow();
            assertThat(a.revision()).isEqualTo(b.revision()).isEqualTo(receipt.position().revision());
            assertThat(a.version()).isEqualTo(receipt.version());
            assertThat(b.version()).isGreaterThan(a.version());
            assertThat(b.version().time()).isEqualTo(a.version().time());
            assertThat(store.get(key("/t/c"))).isEmpty();
        }

        @Test
        void ofTwoMutationsOfAKeyTheLaterWins() {
            store.write(Transaction.of(put("/t/a", "1"), put("/t/a", "2"), put("/t/b", "1"), delete("/t/b"),
                    delete("/t/c"), put("/t/c", "1")));
            assertThat(store.get(key("/t/a")).orElseThrow().text()).isEqualTo("2");
            assertThat(store.get(key("/t/b"))).isEmpty();
            assertThat(store.get(key("/t/c")).orElseThrow().text()).isEqualTo("1");
        }

        @Test
        void aLargeTransactionIsStillOne() {
            int size = 5_000;
            Receipt receipt = store.write(new Transaction(IntStream.range(0, size)
                    .mapToObj(i -> put("/t/" + i, "" + i)).toList(), Optional.empty()));
            assertThat(store.scan(new Prefix("/t"))).hasSize(size)
                    .allMatch(entry -> entry.revision() == receipt.position().revision());
        }

        @Test
        void noReaderSeesATransactionInPart() throws Exception {
            store.write(Transaction.of(put("/t/a", "0"), put("/t/b", "0")));
            inParallel(writing(300, i -> store.write(Transaction.of(put("/t/a", "" + i), put("/t/b", "" + i)))), () -> {
                int first;
                do {
                    first = number("/t/a");
                    assertThat(number("/t/b")).isGreaterThanOrEqualTo(first);
                } while (first < 299);
                return null;
            });
        }

        @Test
        void whatIsSubmittedTogetherIsAllThereInTheOrderOfItsVersions() throws Exception {
            List<CompletionStage<Receipt>> stages = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                stages.add(store.submit(Transaction.of(put("/t/" + i, "" + i), put("/t/last", "" + i))));
            }
            Receipt last = null;
            for (CompletionStage<Receipt> stage : stages) {
                Receipt receipt = get(stage);
                if (last != null) {
                    assertThat(receipt.version()).isGreaterThan(last.version());
                    assertThat(receipt.position().revision()).isGreaterThanOrEqualTo(last.position().revision());
                }
                last = receipt;
            }
            assertThat(store.scan(new Prefix("/t"))).hasSize(501);
            assertThat(store.get(key("/t/last")).orElseThrow().text()).isEqualTo("499");
        }

        @Test
        void aRetryWithItsOperationIdIsAnsweredAndNotRepeated() {
            Transaction operation = Transaction.of(put("/t/a", "1")).withOperationId("op-1");
            Receipt first = store.write(operation);
            store.put(key("/t/a"), "2");
            assertThat(store.write(operation)).isEqualTo(first);
            assertThat(store.get(key("/t/a")).orElseThrow().text()).isEqualTo("2");
            assertThat(store.write(Transaction.of(put("/t/a", "3")).withOperationId("op-2"))).isNotEqualTo(first);
            assertThat(store.get(key("/t/a")).orElseThrow().text()).isEqualTo("3");
        }

        @Test
        void retriesAtTheSameTimeAreOneWrite() throws Exception {
            List<CompletionStage<Receipt>> stages = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                stages.add(store.submit(Transaction.of(put("/t/a", "" + i)).withOperationId("the same")));
            }
            Receipt first = get(stages.get(0));
            for (CompletionStage<Receipt> stage : stages) {
                assertThat(get(stage)).isEqualTo(first);
            }
            assertThat(store.history(key("/t/a"), 100)).hasSize(1);
        }

        @Test
        void anOperationIdHasBounds() {
            Transaction transaction = Transaction.of(put("/t/a", "1"));
            store.write(transaction.withOperationId("o".repeat(Transaction.MAX_OPERATION_ID)));
            assertCode(Code.INVALID_TRANSACTION,
                    () -> transaction.withOperationId("o".repeat(Transaction.MAX_OPERATION_ID + 1)));
            assertCode(Code.INVALID_TRANSACTION, () -> transaction.withOperationId(""));
        }
    }

    @Nested
    class Histories {
        @Test
        void theNewestComesFirstWithWhatBecameOfIt() {
            store.put(key("/t/a"), "1");
            Receipt second = store.put(key("/t/a"), "2");
            Receipt deleted = store.delete(key("/t/a"));
            List<HistoryEntry> history = store.history(key("/t/a"), 10);
            assertThat(history).extracting(HistoryEntry::outcome)
                    .containsExactly(Outcome.CURRENT, Outcome.OVERWRITTEN, Outcome.OVERWRITTEN);
            assertThat(history.get(0).value()).isEmpty();
            assertThat(history.get(0).version()).isEqualTo(deleted.version());
            assertThat(history.get(0).revision()).isEqualTo(deleted.position().revision());
            assertThat(history.get(1).value().orElseThrow()).isEqualTo(bytes("2"));
            assertThat(history.get(1).version()).isEqualTo(second.version());
            assertThat(history.get(2).value().orElseThrow()).isEqualTo(bytes("1"));
            assertThat(history).allMatch(entry -> entry.service().isEmpty());
        }

        @Test
        void noMoreThanTheLimitAreGivenAndNoneOfOtherKeys() {
            for (int i = 0; i < 10; i++) {
                store.put(key("/t/a"), "" + i);
                store.put(key("/t/a/below"), "x");
            }
            assertThat(store.history(key("/t/a"), 3)).extracting(entry -> new String(entry.value().orElseThrow(), UTF_8))
                    .containsExactly("9", "8", "7");
            assertThat(store.history(key("/t/never"), 3)).isEmpty();
        }
    }

    @Nested
    class Watches {
        @Test
        void aWatchFromNowSeesWhatComes() {
            store.put(key("/t/before"), "x");
            RecordingListener listener = new RecordingListener();
            try (Watch watch = store.watch(new Prefix("/t"), new WatchStart.Now(), listener)) {
                listener.awaitCaughtUp();
                Receipt put = store.put(key("/t/a"), "1");
                Receipt delete = store.delete(key("/t/a"));
                List<Change> changes = listener.awaitChanges(2);
                assertThat(changes).hasSize(2);
                assertThat(changes.get(0)).isEqualTo(
                        new Change.Updated(new Entry(key("/t/a"), bytes("1"), put.version(), put.position().revision(), false),
                                Optional.empty()));
                assertThat(changes.get(1)).isEqualTo(new Change.Removed(key("/t/a"), delete.version(), Optional.empty()));
                assertThat(listener.commits()).extracting(Changes::position)
                        .containsExactly(put.position(), delete.position());
            }
            assertThat(listener.ends()).containsExactly(new WatchEnd.Closed());
        }

        @Test
        void aWatchFromAPositionSeesThePastAndThenThePresent() {
            LogPosition start = store.position();
            store.put(key("/t/a"), "1");
            LogPosition middle = store.position();
            store.put(key("/t/a"), "2");
            LogPosition end = store.position();
            RecordingListener all = new RecordingListener();
            RecordingListener half = new RecordingListener();
            RecordingListener none = new RecordingListener();
            try (Watch a = watch("/t", start, all); Watch b = watch("/t", middle, half); Watch c = watch("/t", end, none)) {
                assertThat(all.awaitCaughtUp().revision()).isGreaterThanOrEqualTo(end.revision());
                half.awaitCaughtUp();
                none.awaitCaughtUp();
                assertThat(texts(all)).containsExactly("1", "2");
                assertThat(texts(half)).containsExactly("2");
                assertThat(texts(none)).isEmpty();
                store.put(key("/t/a"), "3");
                all.awaitChanges(3);
                half.awaitChanges(2);
                none.awaitChanges(1);
                assertThat(texts(all)).containsExactly("1", "2", "3");
                assertThat(texts(half)).containsExactly("2", "3");
                assertThat(texts(none)).containsExactly("3");
            }
            assertThat(all.caughtUp()).hasSize(1);
        }

        @Test
        void onlyWhatIsUnderThePrefixIsDelivered() {
            RecordingListener listener = new RecordingListener();
            LogPosition start = store.position();
            try (Watch watch = watch("/t/a", start, listener)) {
                for (String path : List.of("/t/a!", "/t/a0", "/t/ab/x", "/t/b", "/t/a", "/t/a/x")) {
                    store.put(key(path), path);
                }
                store.write(Transaction.of(put("/t/b", "x"), put("/t/a/y", "y"), put("/t/c", "x")));
                listener.awaitChanges(3);
                assertThat(listener.changes()).extracting(change -> change.key().path())
                        .containsExactly("/t/a", "/t/a/x", "/t/a/y");
            }
        }

        @Test
        void aTransactionComesInOnePiece() {
            RecordingListener listener = new RecordingListener();
            try (Watch watch = watch("/t", store.position(), listener)) {
                Receipt receipt = store.write(Transaction.of(put("/t/a", "1"), put("/t/b", "2"), put("/t/a", "3")));
                listener.awaitChanges(2);
                assertThat(listener.commits()).hasSize(1);
                Changes changes = listener.commits().get(0);
                assertThat(changes.position()).isEqualTo(receipt.position());
                Map<String, String> last = new HashMap<>();
                changes.changes().forEach(change ->
                        last.put(change.key().path(), ((Change.Updated) change).entry().text()));
                assertThat(last).isEqualTo(Map.of("/t/a", "3", "/t/b", "2"));
            }
        }

        @Test
        void whatChangesNothingShowsNothing() {
            RecordingListener listener = new RecordingListener();
            try (Watch watch = watch("/t", store.position(), listener)) {
                store.delete(key("/t/never"));
                store.put(key("/t/mark"), "x");
                listener.awaitChanges(1);
                assertThat(listener.changes()).extracting(change -> change.key().path()).containsExactly("/t/mark");
            }
        }

        @Test
        void aWatchThatIsTakenUpAgainHasNoGapAndNoDuplicate() throws Exception {
            int writers = 4;
            int each = 150;
            LogPosition start = store.position();
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int w = 0; w < writers; w++) {
                int writer = w;
                tasks.add(writing(each, i -> store.put(key("/t/" + writer + "/" + i), "" + i)));
            }
            List<Change> seen = new ArrayList<>();
            tasks.add(() -> {
                LogPosition from = start;
                while (seen.size() < writers * each) {
                    RecordingListener listener = new RecordingListener();
                    Watch watch = watch("/t", from, listener);
                    listener.await("a change", l -> !l.changes().isEmpty());
                    watch.close();
                    from = watch.position();
                    seen.addAll(listener.changes());
                    List<Changes> commits = listener.commits();
                    assertThat(from.revision())
                            .isGreaterThanOrEqualTo(commits.get(commits.size() - 1).position().revision());
                }
                return null;
            });
            inParallel(tasks);
            assertThat(seen).hasSize(writers * each).extracting(Change::key).doesNotHaveDuplicates();
            assertThat(seen).extracting(Change::version).isSorted();
        }

        @Test
        void manyWatchersSeeTheSameOrder() throws Exception {
            List<RecordingListener> listeners = Stream.generate(RecordingListener::new).limit(8).toList();
            List<Watch> watches = listeners.stream().map(l -> watch("/t", store.position(), l)).toList();
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int w = 0; w < 4; w++) {
                tasks.add(writing(100, i -> store.put(key("/t/contended"), "" + i)));
            }
            inParallel(tasks);
            listeners.forEach(listener -> listener.awaitChanges(400));
            watches.forEach(Watch::close);
            assertThat(listeners).allMatch(listener -> listener.changes().equals(listeners.get(0).changes()));
            assertThat(listeners.get(0).changes()).hasSize(400);
        }

        @Test
        void aWatcherThatStandsStillHoldsUpNeitherWritersNorOthersAndLosesNothing() throws Exception {
            CountDownLatch release = new CountDownLatch(1);
            RecordingListener slow = new RecordingListener();
            RecordingListener quick = new RecordingListener();
            int count = 3_000;
            LogPosition start = store.position();
            Watch slowWatch = watch("/t", start, new WatchListener() {
                @Override
                public void changed(Changes changes) {
                    awaitLatch(release);
                    slow.changed(changes);
                }

                @Override
                public void ended(WatchEnd end) {
                    slow.ended(end);
                }
            });
            try (Watch quickWatch = watch("/t", start, quick)) {
                List<CompletionStage<Receipt>> stages = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    stages.add(store.submit(Transaction.of(put("/t/" + i, new byte[1000]))));
                }
                for (CompletionStage<Receipt> stage : stages) {
                    get(stage);
                }
                quick.awaitChanges(count);
            } finally {
                release.countDown();
            }
            slow.await("all changes, or an end", l -> l.changes().size() >= count || !l.ends().isEmpty());
            RecordingListener rest = new RecordingListener();
            if (!slow.ends().isEmpty()) {
                assertThat(slow.ends().get(0)).isInstanceOf(WatchEnd.TooSlow.class);
                try (Watch resumed = watch("/t", ((WatchEnd.TooSlow) slow.ends().get(0)).resume(), rest)) {
                    rest.awaitChanges(count - slow.changes().size());
                }
            }
            slowWatch.close();
            assertThat(Stream.concat(slow.changes().stream(), rest.changes().stream()).map(Change::key).toList())
                    .hasSize(count).doesNotHaveDuplicates();
        }

        @Test
        void aListenerThatThrowsEndsItsOwnWatchOnly() {
            RecordingListener ends = new RecordingListener();
            RecordingListener other = new RecordingListener();
            try (Watch bad = watch("/t", store.position(), new WatchListener() {
                @Override
                public void changed(Changes changes) {
                    throw new IllegalStateException("on purpose");
                }

                @Override
                public void ended(WatchEnd end) {
                    ends.ended(end);
                }
            }); Watch good = watch("/t", store.position(), other)) {
                store.put(key("/t/a"), "1");
                assertThat(ends.awaitEnd()).isInstanceOf(WatchEnd.Failed.class);
                store.put(key("/t/a"), "2");
                other.awaitChanges(2);
            }
            assertThat(ends.ends()).hasSize(1);
        }

        @Test
        void afterCloseNothingComes() {
            RecordingListener listener = new RecordingListener();
            Watch watch = watch("/t", store.position(), listener);
            store.put(key("/t/a"), "1");
            listener.awaitChanges(1);
            watch.close();
            watch.close();
            assertThat(listener.awaitEnd()).isEqualTo(new WatchEnd.Closed());
            store.put(key("/t/a"), "2");
            RecordingListener barrier = new RecordingListener();
            try (Watch second = watch("/t", store.position(), barrier)) {
                store.put(key("/t/a"), "3");
                barrier.awaitChanges(1);
            }
            assertThat(listener.changes()).hasSize(1);
            assertThat(listener.ends()).hasSize(1);
        }

        @Test
        void aListenerMayCloseItsWatchAndWriteToTheStore() {
            RecordingListener listener = new RecordingListener();
            AtomicReference<Watch> watch = new AtomicReference<>();
            CountDownLatch known = new CountDownLatch(1);
            watch.set(watch("/t/in", store.position(), new WatchListener() {
                @Override
                public void changed(Changes changes) {
                    awaitLatch(known);
                    store.put(key("/t/out"), "seen");
                    watch.get().close();
                    listener.changed(changes);
                }

                @Override
                public void ended(WatchEnd end) {
                    listener.ended(end);
                }
            }));
            known.countDown();
            store.put(key("/t/in"), "1");
            assertThat(listener.awaitEnd()).isEqualTo(new WatchEnd.Closed());
            assertThat(store.get(key("/t/out"))).isPresent();
        }

        @Test
        void aPositionOfAnotherLogOrOfTheFutureIsRefused() {
            LogPosition here = store.position();
            assertCode(Code.LOG_CHANGED, () -> watch("/t", new LogPosition("another log", 0), new RecordingListener()));
            assertCode(Code.LOG_CHANGED, () -> watch("/t",
                    new LogPosition(here.logId(), here.revision() + 1_000_000), new RecordingListener()));
        }
    }

    @Nested
    class Commands {
        @Test
        void registersAndSetsAreKeys() throws Exception {
            CommandResult result = get(store.apply("test.set", bytes("v")));
            assertThat(result).isInstanceOf(CommandResult.Applied.class);
            assertThat(paths(store.scan(new Prefix("/t")))).containsExactly("/t/register", "/t/set/two/parts");
            Entry register = store.get(key("/t/register")).orElseThrow();
            assertThat(register.text()).isEqualTo("v");
            assertThat(register.revision()).isEqualTo(((CommandResult.Applied) result).receipt().position().revision());
            assertThat(store.get(key("/t/set/two/parts")).orElseThrow().value()).isEmpty();
        }

        @Test
        void aCounterIsTheSumOfTheEntriesBelowIt() throws Exception {
            for (int i = 1; i <= 5; i++) {
                get(store.apply("test.count", bytes("")));
                assertThat(Effect.AddToCounter.sum(store.scan(new Prefix("/t/counter")))).isEqualTo(2L * i);
            }
        }

        @Test
        void aLogReadsInTheOrderOfItsKeys() throws Exception {
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                get(store.apply("test.append", bytes("line " + i)));
                expected.add("line " + i);
                expected.add("line " + i + " again");
            }
            assertThat(store.scan(new Prefix("/t/log")).map(Entry::text)).containsExactlyElementsOf(expected);
        }

        @Test
        void aCommandThatIsSentTwiceRunsOnce() throws Exception {
            Optional<String> operation = Optional.of("increment-once");
            CompletionStage<CommandResult> first = store.apply("test.increment", bytes(""), operation);
            CompletionStage<CommandResult> second = store.apply("test.increment", bytes(""), operation);
            CommandResult result = get(first);
            assertThat(result).isInstanceOf(CommandResult.Applied.class);
            assertThat(get(second)).isEqualTo(result);
            assertThat(get(store.apply("test.increment", bytes(""), operation))).isEqualTo(result);
            get(store.apply("test.increment", bytes("")));
            assertThat(number("/t/number")).isEqualTo(2);
            Optional<String> refused = Optional.of("refused");
            assertThat(get(store.apply("test.refuse", bytes(""), refused))).isInstanceOf(CommandResult.Refused.class);
            get(store.apply("test.increment", bytes(""), refused));
            assertThat(number("/t/number")).isEqualTo(3);
            assertCode(Code.INVALID_TRANSACTION, () -> get(store.apply("test.increment", bytes(""), Optional.of(""))));
        }

        @Test
        void commandsRunOneAfterAnotherEachOnTheStateOfTheLast() throws Exception {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int w = 0; w < 8; w++) {
                tasks.add(writing(40, i -> get(store.apply("test.increment", bytes("")))));
            }
            inParallel(tasks);
            assertThat(number("/t/number")).isEqualTo(320);
            List<CompletionStage<CommandResult>> stages = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                stages.add(store.apply("test.increment", bytes("")));
            }
            for (CompletionStage<CommandResult> stage : stages) {
                get(stage);
            }
            assertThat(number("/t/number")).isEqualTo(420);
        }

        @Test
        void aStateMachineReadsTheStateInOrder() throws Exception {
            store.write(Transaction.of(put("/t/in/b", "x"), put("/t/in", "x"), put("/t/in!", "x"), put("/t/in/a", "x")));
            get(store.apply("test.scan", bytes("")));
            assertThat(store.get(key("/t/seen")).orElseThrow().text()).isEqualTo("/t/in /t/in/a /t/in/b");
        }

        @Test
        void aRefusalAndNoEffectWriteNothing() throws Exception {
            assertThat(get(store.apply("test.refuse", bytes("")))).isEqualTo(new CommandResult.Refused("No, said the test."));
            assertThat(get(store.apply("test.nothing", bytes("")))).isEqualTo(new CommandResult.NoEffect());
            assertThat(store.scan(new Prefix("/t"))).isEmpty();
        }

        @Test
        void whatGoesWrongIsNamedAndLeavesTheStoreAsItWas() throws Exception {
            assertCode(Code.NO_STATE_MACHINE, () -> get(store.apply("test.unknown", bytes(""))));
            assertCode(Code.STATE_MACHINE_FAILED, () -> get(store.apply("test.throw", bytes(""))));
            assertCode(Code.TOO_LARGE, () -> get(store.apply("test.set", new byte[Mutation.MAX_VALUE_BYTES + 1])));
            assertThatThrownBy(() -> unwrapped(() -> get(store.apply("test.malformed", bytes("")))))
                    .isInstanceOf(StoreException.class);
            assertThat(store.scan(new Prefix("/t"))).isEmpty();
            get(store.apply("test.set", bytes("still works")));
            assertThat(store.get(key("/t/register")).orElseThrow().text()).isEqualTo("still works");
        }

        @Test
        void effectsAreWatchedAsChanges() throws Exception {
            RecordingListener listener = new RecordingListener();
            try (Watch watch = watch("/t", store.position(), listener)) {
                get(store.apply("test.append", bytes("hello")));
                listener.awaitChanges(2);
                assertThat(listener.commits()).hasSize(1);
                assertThat(texts(listener)).containsExactly("hello", "hello again");
            }
        }
    }

    @Nested
    class Rights {
        private Store restricted;

        @BeforeEach
        void restrict() {
            restricted = opened.restrictedTo(SERVICE,
                    new Acl(Set.of(new Prefix("/t/read"), new Prefix("/t/both")), Set.of(new Prefix("/t/both"))));
        }

        @Test
        void whatIsGrantedWorksInTheNameOfTheService() {
            RecordingListener listener = new RecordingListener();
            try (Watch watch = restricted.watch(new Prefix("/t/both"), new WatchStart.Now(), listener)) {
                restricted.put(key("/t/both/a"), "1");
                assertThat(restricted.get(key("/t/both/a")).orElseThrow().text()).isEqualTo("1");
                assertThat(paths(restricted.scan(new Prefix("/t/both")))).containsExactly("/t/both/a");
                assertThat(restricted.history(key("/t/both/a"), 5)).extracting(HistoryEntry::service)
                        .containsExactly(Optional.of(SERVICE));
                assertThat(listener.awaitChanges(1).get(0).service()).contains(SERVICE);
            }
            store.put(key("/t/read"), "x");
            assertThat(restricted.get(key("/t/read"))).isPresent();
        }

        @Test
        void whatIsNotGrantedIsDenied() throws Exception {
            store.put(key("/t/secret"), "x");
            assertCode(Code.DENIED, () -> restricted.get(key("/t/secret")));
            assertCode(Code.DENIED, () -> restricted.get(key("/t/both-not")));
            assertCode(Code.DENIED, () -> restricted.scan(new Prefix("/t")).toList());
            assertCode(Code.DENIED, () -> restricted.scan(Prefix.ALL, key("/t/both")).toList());
            assertCode(Code.DENIED, () -> restricted.history(key("/t/secret"), 1));
            assertCode(Code.DENIED, () -> restricted.watch(new Prefix("/t"), new WatchStart.Now(), new RecordingListener()));
            assertCode(Code.DENIED, () -> restricted.put(key("/t/read"), "x"));
            assertCode(Code.DENIED, () -> restricted.delete(key("/t/secret")));
            assertCode(Code.DENIED, () -> get(restricted.submit(Transaction.of(put("/t/secret", "y")))));
            assertCode(Code.DENIED, () -> restricted.write(Transaction.of(put("/t/both/a", "y"), put("/t/secret", "y"))));
            assertCode(Code.DENIED, () -> get(restricted.apply("test.set", bytes("v"))));
            assertThat(paths(store.scan(new Prefix("/t")))).containsExactly("/t/secret");
            assertThat(store.get(key("/t/secret")).orElseThrow().text()).isEqualTo("x");
        }

        @Test
        void noGrantReachesTheSystemTables() {
            Store all = opened.restrictedTo(SERVICE, new Acl(Set.of(Prefix.ALL), Set.of(Prefix.ALL)));
            String node = "/nodes/" + opened.node();
            for (String path : List.of("/services/x/config", "/peers/x", "/stores/x", "/nodes/" + "0".repeat(64) + "/health",
                    node + "/services/test.service", node + "/services")) {
                assertCode(Code.DENIED, () -> all.put(key(path), "x"));
                assertCode(Code.DENIED, () -> all.delete(key(path)));
            }
            all.put(key(node + "/health"), "fine");
            assertThat(store.get(key(node + "/health"))).isPresent();
            all.put(key("/services-not"), "a neighbour is no system table");
        }
    }

    private Watch watch(String prefix, LogPosition after, WatchListener listener) {
        return store.watch(new Prefix(prefix), new WatchStart.After(after), listener);
    }

    private int number(String path) {
        return Integer.parseInt(store.get(key(path)).orElseThrow().text());
    }

    private static Key key(String path) {
        return new Key(path);
    }

    private static Mutation put(String path, String text) {
        return new Mutation.Put(key(path), text);
    }

    private static Mutation put(String path, byte[] value) {
        return new Mutation.Put(key(path), value);
    }

    private static Mutation delete(String path) {
        return new Mutation.Delete(key(path));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static List<String> paths(Stream<Entry> entries) {
        return entries.map(entry -> entry.key().path()).toList();
    }

    private static List<String> texts(RecordingListener listener) {
        return listener.changes().stream().map(change -> ((Change.Updated) change).entry().text()).toList();
    }

    private static <T> T get(CompletionStage<T> stage) throws ExecutionException, InterruptedException, TimeoutException {
        return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Waited in vain for the test to go on.");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Writing {
        void write(int i) throws Exception;
    }

    private static Callable<Void> writing(int times, Writing writing) {
        return () -> {
            for (int i = 0; i < times; i++) {
                writing.write(i);
            }
            return null;
        };
    }

    private static void inParallel(Callable<Void> one, Callable<Void> other) throws Exception {
        inParallel(List.of(one, other));
    }

    private static void inParallel(List<Callable<Void>> tasks) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
        try {
            for (Future<Void> future : executor.invokeAll(tasks, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                future.get();
            }
        } finally {
            executor.shutdownNow();
            assertThat(executor.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static void assertCode(Code code, Callable<?> call) {
        assertThatThrownBy(() -> unwrapped(call)).isInstanceOfSatisfying(StoreException.class,
                e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    private static void unwrapped(Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (ExecutionException | CompletionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
