package lattice.rpc.internal;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import lattice.v1.StoreServiceGrpc;
import lattice.v1.WatchRequest;
import lattice.v1.WatchResponse;

/** A client that reads a coalesced watch when it likes. */
final class WatchOutletProbe {
    private final ServedStore served;
    private final ClientCall<WatchRequest, WatchResponse> call;
    private final BlockingQueue<WatchResponse> events = new LinkedBlockingQueue<>();

    WatchOutletProbe(ServedStore served, String token) {
        this.served = served;
        call = ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token))
                .newCall(StoreServiceGrpc.getWatchMethod(), CallOptions.DEFAULT);
    }

    /** What it reads in the end, if it reads nothing while something goes on. */
    List<WatchResponse> stallWhile(Runnable writes) throws InterruptedException {
        call.start(new ClientCall.Listener<>() {
            @Override
            public void onMessage(WatchResponse message) {
                events.add(message);
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                // The test waits for events; without them it fails.
            }
        }, new Metadata());
        call.sendMessage(WatchRequest.newBuilder().setPrefix("/t").setCoalesce(true).build());
        call.halfClose();
        call.request(1);
        events.poll(10, TimeUnit.SECONDS);
        writes.run();
        call.request(100_000);
        List<WatchResponse> read = new ArrayList<>();
        long last = served.store().position().revision();
        while (read.isEmpty() || read.get(read.size() - 1).getChanges().getPosition().getRevision() < last
                || read.get(read.size() - 1).getChanges().getMore()) {
            WatchResponse event = events.poll(10, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("Waited in vain for revision " + last + "; came: " + read.size());
            }
            read.add(event);
        }
        call.cancel("enough", null);
        return read;
    }
}
