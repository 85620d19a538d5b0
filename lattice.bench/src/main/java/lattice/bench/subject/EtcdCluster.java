package lattice.bench.subject;


import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** etcd with three members on this machine. A put is answered when two of them have it on disk. */
public final class EtcdCluster implements AutoCloseable {
    private static final int MEMBERS = 3;
    private static final int CHANNELS = 8;

    private final List<PeerProcess> members = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();

    /** @throws Subject.UnavailableException if etcd is not installed */
    public EtcdCluster(Path folder) throws Exception {
        List<Integer> clientPorts = new ArrayList<>();
        List<Integer> peerPorts = new ArrayList<>();
        for (int i = 0; i < MEMBERS; i++) {
            clientPorts.add(PeerProcess.freePort());
            peerPorts.add(PeerProcess.freePort());
        }
        String cluster = IntStream.range(0, MEMBERS).mapToObj(i -> "m" + i + "=" + Etcd.url(peerPorts.get(i)))
                .collect(Collectors.joining(","));
        try {
            for (int i = 0; i < MEMBERS; i++) {
                Path home = Files.createDirectories(folder.resolve("m" + i));
                members.add(Etcd.start(home, "m" + i, clientPorts.get(i), Etcd.url(peerPorts.get(i)), cluster));
            }
            for (int i = 0; i < CHANNELS; i++) {
                channels.add(NettyChannelBuilder.forAddress("127.0.0.1", clientPorts.get(0)).usePlaintext().build());
            }
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    /** Puts, by the first member; done when it is committed. */
    public CompletableFuture<Void> put(String key, byte[] value) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        ListenableFuture<byte[]> answer = ClientCalls.futureUnaryCall(
                channels.get(next.getAndIncrement() % CHANNELS).newCall(Etcd.PUT, CallOptions.DEFAULT), Etcd.put(key, value));
        Futures.addCallback(answer, new FutureCallback<>() {
            @Override
            public void onSuccess(byte[] result) {
                done.complete(null);
            }

            @Override
            public void onFailure(Throwable why) {
                done.completeExceptionally(why);
            }
        }, MoreExecutors.directExecutor());
        return done;
    }

    @Override
    public void close() throws InterruptedException {
        for (ManagedChannel channel : channels) {
            channel.shutdownNow();
            channel.awaitTermination(10, TimeUnit.SECONDS);
        }
        members.forEach(PeerProcess::close);
    }
}
