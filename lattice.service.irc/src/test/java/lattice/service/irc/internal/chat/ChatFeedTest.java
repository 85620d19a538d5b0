package lattice.service.irc.internal.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.LogPosition;
import lattice.service.irc.internal.chat.ChannelState.Said;
import lattice.service.irc.internal.chat.ChannelState.Stored;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gateway that can't keep up with the store still tells every line once and in order. */
@Timeout(60)
class ChatFeedTest {
    private static final int LINES = 1000;
    private static final int MAX_LAG = 20;
    private static final Origin BOT = new Origin("bot!b@mesh", "s");

    private final InMemoryStore store = new InMemoryStore(TestNodeStatus.NODE, InstantSource.system(), MAX_LAG)
            .register(ChatState.NAME, new ChatState());
    private final ExecutorService owner = Executors.newSingleThreadExecutor();
    private final Recorder told = new Recorder();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final ChatFeed feed = new ChatFeed(store, new ChatModel(told, LINES, LINES), owner, failures::add);
    private final CountDownLatch busy = new CountDownLatch(1);

    @BeforeEach
    void start() throws Exception {
        feed.start().get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        busy.countDown();
        feed.close();
        owner.shutdown();
        assertThat(owner.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(failures).isEmpty();
    }

    @Test
    void whoWasTooSlowGoesOnWhereItWas() throws Exception {
        fallBehind();
        busy.countDown();
        awaitAll();
    }

    @Test
    void whoMissedWhatIsCompactedReadsAllAgain() throws Exception {
        fallBehind();
        store.compact(store.position().revision());
        busy.countDown();
        awaitAll();
        // And it follows again.
        store.apply(ChatState.NAME, ChatJson.write(
                new ChatCommand.SetTopic("#a", new Topic("it goes on", BOT), 10))).toCompletableFuture().join();
        told.await(() -> told.topics.contains("it goes on"));
    }

    @Test
    void whatWasThereBeforeIsNotToldAsNews() throws Exception {
        say(0, 10);
        told.await(() -> told.lines.size() == 10);
        feed.rebuild();
        say(10, 20);
        told.await(() -> told.lines.size() >= 20);
        assertThat(told.lines).containsExactlyElementsOf(expected(20));
    }

    @Test
    void aLineThatComesWhileAllIsReadIsToldOnce() {
        Recorder late = new Recorder();
        ChatModel model = new ChatModel(late, LINES, LINES);
        say(0, 1);
        LogPosition before = store.position();
        ChatModel.Rebuild rebuild = model.rebuild(before);
        say(1, 2);
        List<Entry> all = store.scan(ChatKeys.ALL).toList();
        all.forEach(rebuild::add);
        rebuild.done();
        model.apply(new Changes(store.position(), all.stream().filter(entry -> entry.revision() > before.revision())
                .<Change>map(entry -> new Change.Updated(entry, Optional.empty())).toList()));
        assertThat(late.lines).containsExactlyElementsOf(expected(2));
    }

    private void fallBehind() {
        owner.execute(() -> {
            try {
                assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        say(0, LINES);
    }

    private void awaitAll() throws InterruptedException {
        told.await(() -> told.lines.size() >= LINES);
        assertThat(told.lines).containsExactlyElementsOf(expected(LINES));
    }

    private static List<String> expected(int lines) {
        return IntStream.range(0, lines).mapToObj(i -> "line " + i).toList();
    }

    private void say(int from, int to) {
        for (int i = from; i < to; i++) {
            Line line = new Line(Line.Kind.PRIVMSG, BOT, "line " + i, Map.of());
            store.apply(ChatState.NAME, ChatJson.write(new ChatCommand.Say("#a", line, 10))).toCompletableFuture().join();
        }
    }

    private static final class Recorder implements ChatAudience {
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final List<String> topics = new CopyOnWriteArrayList<>();
        private final List<LogPosition> positions = new ArrayList<>();

        void await(BooleanSupplier condition) throws InterruptedException {
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (!condition.getAsBoolean()) {
                assertThat(System.nanoTime()).as("told %d lines", lines.size()).isLessThan(deadline);
                Thread.sleep(10);
            }
        }

        @Override
        public void said(ChannelState channel, Said said) {
            lines.add(said.line().text());
        }

        @Override
        public void topicChanged(ChannelState channel, Stored<Topic> topic) {
            topics.add(topic.value().text());
        }

        @Override
        public void modesChanged(ChannelState channel, List<Mode> modes) {
            throw new AssertionError("No mode was changed.");
        }

        @Override
        public void toldUpTo(LogPosition position) {
            if (!positions.isEmpty()) {
                assertThat(position.revision()).isGreaterThanOrEqualTo(positions.get(positions.size() - 1).revision());
            }
            positions.add(position);
        }

        @Override
        public void overfull(ChannelState channel) {
            throw new AssertionError("As many lines are kept as there are.");
        }
    }
}
