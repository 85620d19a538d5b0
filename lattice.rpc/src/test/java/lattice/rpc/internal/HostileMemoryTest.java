package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import lattice.api.id.ServiceId;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import lattice.v1.GetRequest;
import lattice.v1.Operation;
import lattice.v1.PipelineRequest;
import lattice.v1.PutRequest;
import lattice.v1.ScanRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What clients cost the node in memory, at most. The attackers keep nothing, and nothing of theirs runs out while it is measured:
 * what is measured is what the node holds because it has a bound for that and not because of time.
 */
@Timeout(120)
class HostileMemoryTest {
    private static final long MIB = 1024 * 1024;
    private static final Duration NEVER = Duration.ofMinutes(10);
    private static final Limits PATIENT = new Limits(512, 128, NEVER, 32, 64, NEVER, 24 * MIB, 8 * MIB, 48 * MIB, MIB, 1000,
            4 * MIB, NEVER, NEVER, 20, 1);
    /** What is above the limit by then is on its way out; buffers that come in are not filled to the brim. */
    private static final long MOST_HELD = 4 * PATIENT.allBytes();
    private static final long MOST_FOR_STRANGERS = 24 * MIB;

    private static final int RST_STREAM = 3;
    // It tells of each call that ended with its connection, with a stack trace. Held here, or the setting would be lost.
    private static final Logger GRPC = Logger.getLogger("io.grpc.netty");

    private final List<RawClient> clients = new ArrayList<>();
    private ServedStore served;
    private String token;
    private Store good;
    private long before;

    @BeforeEach
    void serve() throws Exception {
        GRPC.setLevel(Level.OFF);
        served = new ServedStore(PATIENT);
        token = served.token("org.example.bad", "/t", "/t");
        good = served.client(new ServiceId("org.example.good"), served.token("org.example.good", "/good", "/good"));
        served.store().put(new Key("/t/a"), new byte[(int) MIB - 100]);
        good.put(new Key("/good/a"), "x");
        before = MemoryInUse.bytes();
    }

    @AfterEach
    void stop() throws Exception {
        for (RawClient client : clients) {
            client.close();
        }
        served.close();
        GRPC.setLevel(null);
    }

    private RawClient connect() throws IOException {
        RawClient client = new RawClient(served.socket());
        clients.add(client);
        return client;
    }

    private RawClient connectInHttp2() throws Exception {
        RawClient client = connect();
        client.send(Frames.PREFACE, Frames.settings());
        return client;
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30); !condition.getAsBoolean(); Thread.sleep(20)) {
            assertThat(System.nanoTime()).as("waited in vain for " + what).isLessThan(end);
        }
    }

    private void assertItCosts(long most) {
        long more = MemoryInUse.bytes() - before;
        assertThat(more).as("bytes in use since before the attack").isLessThan(most);
        long began = System.nanoTime();
        good.put(new Key("/good/a"), "x");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).as("what a good client waits").isLessThan(Duration.ofSeconds(15));
    }

    @Test
    void ofTenThousandConnections() throws Exception {
        for (int i = 1; i <= 10_000; i++) {
            try {
                connectInHttp2();
            } catch (IOException e) {
                // The system has no room for more just now.
                Thread.sleep(1);
            }
            if (i % 2000 == 0) {
                assertItCosts(MOST_FOR_STRANGERS);
            }
        }
    }

    /** Headers of 16 KB, one after another and never the last. */
    @Test
    void ofHeadersWithoutEnd() throws Exception {
        byte[] header = ByteBuffer.allocate(16_006).put((byte) 0x00).put((byte) 1).put((byte) 'x')
                .put((byte) 0x7f).put((byte) 0x81).put((byte) 0x7c).array();
        for (int i = 0; i < 64; i++) {
            RawClient client = connectInHttp2();
            client.send(Frames.frame(1, 0, 1, new byte[] {(byte) 0x82}));
            for (int n = 0; n < 250 && !client.closed(); n++) {
                client.send(Frames.frame(9, 0, 1, header));
            }
        }
        assertItCosts(MOST_FOR_STRANGERS);
    }

    /** No request is too large, and no connection has too much of them: all together have. */
    @Test
    void ofRequestsThatDoNotEndOverManyConnections() throws Exception {
        byte[] zeros = new byte[16_384];
        for (int i = 0; i < PATIENT.connectionsPerToken(); i++) {
            RawClient client = connectInHttp2();
            client.begin(1, "Put", token, (int) (16 * MIB));
            long sent = 0;
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2); sent < 15 * MIB && !client.closed()
                    && System.nanoTime() < end;) {
                int some = client.sendSome(1, zeros);
                sent += some;
                if (some == 0) {
                    Thread.sleep(1);
                }
            }
            if (i % 8 == 7) {
                assertItCosts(MOST_HELD);
            }
        }
        assertThat(served.server().connections()).as("those that did not have to give way")
                .isLessThan(PATIENT.connectionsPerToken());
        for (RawClient client : clients) {
            client.close();
        }
        await("nothing to be held", () -> served.server().heldBytes() == 0);
    }

    /** A call that was ended is over, but what it asked for is in memory until its turn has come. */
    @ParameterizedTest
    @ValueSource(strings = {"Put", "Pipeline"})
    void ofWritesThatAreTakenBackWhileTheyWait(String method) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (InMemoryStore store = new InMemoryStore(); ServedStore slow = new ServedStore(PATIENT, TestNodeStatus.NODE, store,
                (service, rights) -> held(store.restrictedTo(service, rights), begun, goOn), store)) {
            PutRequest put = PutRequest.newBuilder().setKey("/t/a")
                    .setValue(ByteString.copyFrom(new byte[(int) MIB - 100])).build();
            MessageLite request = method.equals("Put") ? put
                    : PipelineRequest.newBuilder().addOperations(Operation.newBuilder().setPut(put)).build();
            byte[] bytes = request.toByteArray();
            RawClient client = new RawClient(slow.socket());
            clients.add(client);
            client.send(Frames.PREFACE, Frames.settings());
            String secret = slow.token("org.example.bad", "/t", "/t");
            for (int stream = 1; stream < 20; stream += 2) {
                client.begin(stream, method, secret, bytes.length);
                for (int sent = 0; sent < bytes.length;) {
                    sent += client.sendSome(stream, Arrays.copyOfRange(bytes, sent, bytes.length));
                }
                if (method.equals("Put")) {
                    client.send(Frames.frame(0, 1, stream, new byte[0]));
                }
                long mibs = stream / 2 + 1;
                await("the request to be there", () -> slow.server().heldBytes() > mibs * MIB - 10_000);
                assertThat(begun.await(30, TimeUnit.SECONDS)).as("whether the first has begun").isTrue();
                client.send(Frames.frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8}));
            }
            Thread.sleep(500);
            assertThat(slow.server().heldBytes()).as("bytes that count").isGreaterThan(10 * MIB - 100_000);
            goOn.countDown();
            await("nothing to be held", () -> slow.server().heldBytes() == 0);
            assertThat(store.scan(new Prefix("/t")).count()).as("what had begun is done, the rest is not").isEqualTo(1);
            client.close();
        } finally {
            goOn.countDown();
        }
    }

    /** The same store, in which each write waits first. */
    private static Store held(Store store, CountDownLatch begun, CountDownLatch goOn) {
        return (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class},
                (proxy, called, arguments) -> {
                    if (called.getName().equals("submit")) {
                        begun.countDown();
                        goOn.await();
                    }
                    return called.invoke(store, arguments);
                });
    }

    /** Each client asks as much as it may by connections that it never reads from. */
    @Test
    void ofAnswersThatNobodyReads() throws Exception {
        neverRead("Get", GetRequest.newBuilder().setKey("/t/a").build());
    }

    @Test
    void ofPagesThatNobodyReads() throws Exception {
        neverRead("Scan", ScanRequest.newBuilder().setPrefix("/t").build());
    }

    private void neverRead(String method, MessageLite request) throws Exception {
        byte[] bytes = request.toByteArray();
        byte[] message = ByteBuffer.allocate(5 + bytes.length).put((byte) 0).putInt(bytes.length).put(bytes).array();
        for (int i = 1; i <= PATIENT.connectionsPerToken(); i++) {
            RawClient client = connectInHttp2();
            for (int stream = 1; stream < 2 * PATIENT.callsPerConnection(); stream += 2) {
                client.send(Frames.call(stream, method, token), Frames.frame(0, 1, stream, message));
            }
            if (i % 8 == 0) {
                Thread.sleep(500);
                assertItCosts(MOST_HELD);
            }
        }
    }
}
