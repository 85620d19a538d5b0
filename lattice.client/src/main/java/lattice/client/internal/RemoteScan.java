package lattice.client.internal;

import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.Wire;
import lattice.v1.ScanRequest;
import lattice.v1.ScanResponse;
import lattice.v1.StoreServiceGrpc;

/**
 * A scan that is taken up again after its last key if the connection breaks, or if it was looked at so slowly that the node
 * ended it.
 */
final class RemoteScan implements Iterator<Entry> {
    private final Link link;
    private final Prefix prefix;
    private Optional<Key> after;
    private Iterator<lattice.v1.Entry> page = Collections.emptyIterator();
    private Iterator<ScanResponse> pages;
    private Context.CancellableContext context;
    private boolean done;

    RemoteScan(Link link, Prefix prefix, Optional<Key> after) {
        this.link = link;
        this.prefix = prefix;
        this.after = after;
    }

    @Override
    public boolean hasNext() {
        long deadline = System.nanoTime() + link.patience().toNanos();
        for (int failures = 1; !page.hasNext() && !done; failures++) {
            if (link.isClosed()) {
                throw Link.closedException();
            }
            try {
                if (pages == null) {
                    open();
                }
                if (pages.hasNext()) {
                    page = pages.next().getEntriesList().iterator();
                } else {
                    close();
                }
            } catch (StatusRuntimeException e) {
                cancel();
                if (Failures.reason(e).filter(Reason.TOO_SLOW::equals).isEmpty()) {
                    link.awaitRetry(e, failures, deadline);
                }
            }
        }
        return page.hasNext();
    }

    private void open() {
        ScanRequest.Builder request = ScanRequest.newBuilder().setPrefix(prefix.path());
        after.ifPresent(key -> request.setAfter(key.path()));
        context = Context.current().withCancellation();
        Context previous = context.attach();
        try {
            pages = ClientCalls.blockingServerStreamingCall(link.channel(), StoreServiceGrpc.getScanMethod(),
                    CallOptions.DEFAULT, request.build());
        } finally {
            context.detach(previous);
        }
    }

    @Override
    public Entry next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Entry entry = Wire.read(page.next());
        after = Optional.of(entry.key());
        return entry;
    }

    void close() {
        done = true;
        cancel();
    }

    private void cancel() {
        pages = null;
        if (context != null) {
            context.cancel(null);
            context = null;
        }
    }
}
