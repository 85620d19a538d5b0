package lattice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import lattice.api.store.Changes;
import lattice.api.store.CompactedException;
import lattice.api.store.HistoryEntry.Outcome;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.StoreException.Code;
import lattice.api.store.Transaction;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What only the store in memory does: bad days on demand. */
@Timeout(30)
final class InMemoryStoreTest {
    private static final Key KEY = new Key("/t/a");
    private static final Prefix PREFIX = new Prefix("/t");

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final InMemoryStore store = new InMemoryStore(TestNodeStatus.NODE, now::get, 5);

    @Test
    void anUnavailableStoreIsReadableAndRecovers() {
        store.put(KEY, "1");
        store.unavailable("The disk is full.");
        assertThatThrownBy(() -> store.put(KEY, "2")).isInstanceOfSatisfying(StoreException.class,
                e -> assertThat(e.code()).isEqualTo(Code.UNAVAILABLE)).hasMessage("The disk is full.");
        assertThat(store.submit(Transaction.of(new Mutation.Delete(KEY)))).isCompletedExceptionally();
        assertThat(store.get(KEY).orElseThrow().text()).isEqualTo("1");
        assertThat(store.status().writable()).isFalse();
        assertThat(store.status().problem()).contains("The disk is full.");
        store.available();
        store.put(KEY, "3");
        assertThat(store.status().writable()).isTrue();
    }

    @Test
    void whatWasCompactedAwayCannotBeWatchedAndIsNoLongerHistory() {
        LogPosition start = store.position();
        store.put(KEY, "1");
        Receipt second = store.put(KEY, "2");
        store.put(KEY, "3");
        store.compact(second.position().revision());
        assertThatThrownBy(() -> store.watch(PREFIX, new WatchStart.After(start), new RecordingListener()))
                .isInstanceOfSatisfying(CompactedException.class,
                        e -> assertThat(e.oldestRevision()).isEqualTo(second.position().revision()));
        RecordingListener listener = new RecordingListener();
        store.watch(PREFIX, new WatchStart.After(second.position()), listener);
        assertThat(listener.awaitChanges(1)).hasSize(1);
        assertThat(store.history(KEY, 10)).hasSize(1).allMatch(entry -> entry.outcome() == Outcome.CURRENT);
        assertThat(store.get(KEY).orElseThrow().text()).isEqualTo("3");
    }

    @Test
    void aWatcherThatFallsTooFarBehindIsToldSo() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        RecordingListener ends = new RecordingListener();
        store.watch(PREFIX, new WatchStart.Now(), new WatchListener() {
            @Override
            public void changed(Changes changes) {
                entered.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }

            @Override
            public void ended(WatchEnd end) {
                ends.ended(end);
            }
        });
        Receipt first = store.put(KEY, "0");
        entered.await();
        for (int i = 0; i < 7; i++) {
            store.put(KEY, "x");
        }
        release.countDown();
        assertThat(ends.awaitEnd()).isEqualTo(new WatchEnd.TooSlow(first.position()));
    }

    @Test
    void aLongPastIsNoReasonToBeTooSlow() {
        LogPosition start = store.position();
        for (int i = 0; i < 100; i++) {
            store.put(KEY, "" + i);
        }
        RecordingListener listener = new RecordingListener();
        store.watch(PREFIX, new WatchStart.After(start), listener);
        assertThat(listener.awaitChanges(100)).hasSize(100);
        assertThat(listener.ends()).isEmpty();
    }

    @Test
    void versionsRiseThoughTheClockStandsStillOrGoesBack() {
        Receipt first = store.put(KEY, "1");
        Receipt second = store.put(KEY, "2");
        now.updateAndGet(instant -> instant.minus(Duration.ofHours(1)));
        Receipt third = store.put(KEY, "3");
        assertThat(second.version()).isGreaterThan(first.version());
        assertThat(third.version()).isGreaterThan(second.version());
    }

    @Test
    void anOperationIsForgottenAfterADay() {
        Transaction operation = Transaction.of(new Mutation.Put(KEY, "1")).withOperationId("op");
        Receipt first = store.write(operation);
        now.updateAndGet(instant -> instant.plus(Duration.ofHours(23)));
        assertThat(store.write(operation)).isEqualTo(first);
        now.updateAndGet(instant -> instant.plus(Duration.ofHours(2)));
        assertThat(store.write(operation)).isNotEqualTo(first);
    }

    @Test
    void aClosedStoreSaysSo() {
        RecordingListener listener = new RecordingListener();
        store.watch(PREFIX, new WatchStart.Now(), listener);
        store.close();
        assertThat(listener.awaitEnd()).isInstanceOfSatisfying(WatchEnd.Failed.class,
                end -> assertThat(end.cause().code()).isEqualTo(Code.CLOSED));
        assertThatThrownBy(() -> store.get(KEY)).isInstanceOfSatisfying(StoreException.class,
                e -> assertThat(e.code()).isEqualTo(Code.CLOSED));
        assertThatThrownBy(() -> store.put(KEY, "x")).isInstanceOf(StoreException.class);
    }
}
