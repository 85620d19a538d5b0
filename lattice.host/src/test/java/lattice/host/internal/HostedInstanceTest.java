package lattice.host.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostedInstanceTest {
    private static final Endpoint FIRST = new Endpoint("irc", "127.0.0.1", 6667);
    private static final Endpoint SECOND = new Endpoint("http", "127.0.0.1", 8080);

    private final BlockingQueue<List<Endpoint>> told = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    private final BlockingQueue<ServiceContext> contexts = new LinkedBlockingQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final HostedInstance instance = new HostedInstance(hosted -> new HostedContext(new ServiceId("org.example.x"),
            new ServiceConfig(Map.of()), new InMemoryStore(), new TestNodeStatus(Path.of("/nowhere")),
            hosted::listens, hosted::failed), told::add, ends::add, Duration.ofSeconds(2));

    @AfterEach
    void close() {
        instance.close();
    }

    private ServiceInstance listening(ServiceContext context) {
        context.listening(FIRST);
        contexts.add(context);
        return closed::countDown;
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T taken = queue.poll(20, TimeUnit.SECONDS);
        assertThat(taken).as("something came in time").isNotNull();
        return taken;
    }

    @Test
    void tellsTheNodeOnceItIsMadeAndWheneverItListensElsewhere() throws Exception {
        instance.start(this::listening);
        assertThat(next(told)).containsExactly(FIRST);
        ServiceContext context = next(contexts);
        context.listening(FIRST);
        context.listening(SECOND);
        assertThat(next(told)).containsExactly(FIRST, SECOND);
        assertThat(told).isEmpty();
        instance.close();
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(ends).isEmpty();
    }

    @Test
    void endsTheProcessWithTheReasonIfItCanNotStart() throws Exception {
        instance.start(context -> {
            throw new IllegalStateException("Port 6667 is taken.");
        });
        assertThat(next(ends)).contains("Port 6667 is taken.");
        assertThat(told).isEmpty();
    }

    @Test
    void endsTheProcessIfItSaysThatItCanNotGoOn() throws Exception {
        instance.start(this::listening);
        next(contexts).failed(new IllegalStateException("The well is dry."));
        assertThat(next(ends)).contains("The well is dry.");
    }

    @Test
    void interruptsAStartThatDoesNotEnd() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        ServiceProvider endless = context -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
                throw new IllegalStateException("Nobody counts it down");
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        };
        instance.start(endless);
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        instance.close();
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(ends).isEmpty();
    }
}
