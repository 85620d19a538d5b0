package lattice.registry.internal.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import lattice.api.id.ServiceId;
import lattice.api.store.Changes;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeasedStoreTest {
    private static final Key KEY = new Key("/state/a/x");

    private final InMemoryStore store = new InMemoryStore();
    private final LeasedStore leased = new LeasedStore(store, new ServiceId("a"));

    @Test
    void isTheStoreUntilItIsTakenBack() throws Exception {
        leased.put(KEY, "1");
        leased.submit(Transaction.of(new Mutation.Put(KEY, "2"))).toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertThat(leased.get(KEY).orElseThrow().text()).isEqualTo("2");
        assertThat(leased.scan(Prefix.ALL)).hasSize(1);
        assertThat(leased.position()).isEqualTo(store.position());
        assertThat(leased.id()).isEqualTo(store.id());
    }

    @Test
    void noCallWorksAfterwards() {
        leased.takeBack();
        List<Consumer<Store>> calls = List.of(each -> each.put(KEY, "1"), each -> each.delete(KEY),
                each -> each.get(KEY),
                each -> each.scan(Prefix.ALL), each -> each.scan(Prefix.ALL, KEY), each -> each.history(KEY, 1),
                Store::position, each -> each.watch(Prefix.ALL, new WatchStart.Now(), new Ending()));
        for (Consumer<Store> call : calls) {
            assertThatThrownBy(() -> call.accept(leased)).isInstanceOf(StoreException.class)
                    .extracting(e -> ((StoreException) e).code()).isEqualTo(StoreException.Code.CLOSED);
        }
        assertThatThrownBy(() -> leased.submit(Transaction.of(new Mutation.Put(KEY, "1"))).toCompletableFuture().get())
                .isInstanceOf(ExecutionException.class).hasCauseInstanceOf(StoreException.class);
        assertThatThrownBy(() -> leased.apply("x", new byte[0]).toCompletableFuture().get())
                .isInstanceOf(ExecutionException.class).hasCauseInstanceOf(StoreException.class);
        assertThat(store.get(KEY)).isEmpty();
    }

    @Test
    void itsWatchesEndWithIt() throws Exception {
        Ending listener = new Ending();
        Watch watch = leased.watch(Prefix.ALL, new WatchStart.Now(), listener);
        leased.put(KEY, "1");
        assertThat(listener.seen.poll(20, TimeUnit.SECONDS)).isNotNull();
        leased.takeBack();
        assertThat(listener.ends.poll(20, TimeUnit.SECONDS)).isInstanceOf(WatchEnd.Closed.class);
        store.put(KEY, "2");
        assertThat(listener.seen.poll(Duration.ofMillis(200).toMillis(), TimeUnit.MILLISECONDS)).isNull();
        assertThat(watch.position()).isNotNull();
    }

    private static final class Ending implements WatchListener {
        private final BlockingQueue<Changes> seen = new LinkedBlockingQueue<>();
        private final BlockingQueue<WatchEnd> ends = new LinkedBlockingQueue<>();

        @Override
        public void changed(Changes changes) {
            seen.add(changes);
        }

        @Override
        public void ended(WatchEnd end) {
            ends.add(end);
        }
    }
}
