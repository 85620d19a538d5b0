package lattice.mesh.internal.link;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLPeerUnverifiedException;
import lattice.api.id.StoreId;
import lattice.mesh.internal.link.LinkPort.Doorkeeper;
import lattice.mesh.internal.link.LinkPort.Visit;
import lattice.mesh.internal.link.LinkPort.Word;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The visits of nodes that ask to be let in: so many at once, and a share of them from one place. */
final class Visits implements ServerCallHandler<byte[], byte[]>, AutoCloseable {
    static final int VISIT_SECONDS = 60;

    private static final Logger LOG = LoggerFactory.getLogger(Visits.class);
    static final int MAX_VISITS = 32;
    static final int MAX_OF_PLACE = 8;
    /** A visitor that says nothing is not waited for as long as one that does. */
    private static final int FIRST_WORD_SECONDS = 10;

    /** Does something later. */
    @FunctionalInterface
    interface Timer {
        void later(int seconds, Runnable action);
    }

    private final Doorkeeper doorkeeper;
    private final Timer timer;
    private final ExecutorService answering;
    private final Map<String, Integer> ofPlaces = new HashMap<>();
    private int going;

    Visits(Doorkeeper doorkeeper, Timer timer) {
        this.doorkeeper = doorkeeper;
        this.timer = timer;
        AtomicInteger number = new AtomicInteger();
        // What a visitor says may take the disk to answer. All else only hands on, and the I/O thread does it itself.
        this.answering = new ThreadPoolExecutor(2, 2, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(2 * MAX_VISITS),
                task -> LinkPort.daemon(task, "lattice-mesh-visit-" + number.incrementAndGet()));
    }

    @Override
    public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], byte[]> call, Metadata headers) {
        SocketAddress address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        Visit visit;
        try {
            visit = doorkeeper.visit(TlsIdentity.peer(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION)),
                    new StoreId(String.valueOf(headers.get(Wire.MESH))), address);
        } catch (SSLPeerUnverifiedException | IllegalArgumentException e) {
            LOG.debug("A visit is refused", e);
            return LinkPort.refuse(call, Status.UNAUTHENTICATED.withDescription("Name a mesh, and show a node's key."));
        }
        String place = Place.of(address);
        if (!begin(place)) {
            return LinkPort.refuse(call, Status.RESOURCE_EXHAUSTED.withDescription("Too many ask at once; try again."));
        }
        call.sendHeaders(new Metadata());
        call.request(1);
        Visiting visiting = new Visiting(call, visit, place);
        timer.later(FIRST_WORD_SECONDS, visiting::endIfSilent);
        timer.later(VISIT_SECONDS, () -> visiting.end(Status.DEADLINE_EXCEEDED));
        return visiting;
    }

    /** @return whether there is room for one more visit, which then has to be {@link #over} */
    synchronized boolean begin(String place) {
        int ofPlace = ofPlaces.getOrDefault(place, 0);
        if (going == MAX_VISITS || ofPlace == MAX_OF_PLACE) {
            return false;
        }
        going++;
        ofPlaces.put(place, ofPlace + 1);
        return true;
    }

    synchronized void over(String place) {
        going--;
        ofPlaces.computeIfPresent(place, (key, count) -> count == 1 ? null : count - 1);
    }

    /** A visit that is going on; it ends by its last word, by the visitor, or when its time is over. */
    private final class Visiting extends ServerCall.Listener<byte[]> {
        private final ServerCall<byte[], byte[]> call;
        private final Visit visit;
        private final String place;
        private boolean heard;
        private boolean over;

        Visiting(ServerCall<byte[], byte[]> call, Visit visit, String place) {
            this.call = call;
            this.visit = visit;
            this.place = place;
        }

        @Override
        public void onMessage(byte[] bytes) {
            synchronized (this) {
                heard = true;
            }
            try {
                answering.execute(() -> say(visit.hear(bytes)));
            } catch (RejectedExecutionException e) {
                LOG.debug("The port is closed, or too many speak at once; a visit ends", e);
                end(Status.UNAVAILABLE);
            }
        }

        private synchronized void say(Word word) {
            if (over) {
                return;
            }
            call.sendMessage(word.bytes());
            if (word.last()) {
                end(Status.OK);
            } else {
                call.request(1);
            }
        }

        @Override
        public void onCancel() {
            end(Status.CANCELLED);
        }

        private synchronized void endIfSilent() {
            if (!heard) {
                end(Status.DEADLINE_EXCEEDED);
            }
        }

        private synchronized void end(Status status) {
            if (!over) {
                over = true;
                Visits.this.over(place);
                if (!call.isCancelled()) {
                    call.close(status, new Metadata());
                }
            }
        }
    }

    @Override
    public void close() {
        answering.shutdown();
    }
}
