package lattice.mesh.internal.link;

import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A visitor's side of a visit: it speaks, and waits for the answer. The host's key is checked before a word is said. */
public final class Conversation implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    private static final int PATIENCE_SECONDS = 20;

    private sealed interface Event {
        record Opened() implements Event {
        }

        record Heard(byte[] bytes) implements Event {
        }

        record Ended(String why) implements Event {
        }
    }

    private final Runnable hangUp;
    private final ClientCall<byte[], byte[]> call;
    private final NodeId host;
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(16);

    Conversation(Runnable hangUp, ClientCall<byte[], byte[]> call, StoreId mesh, NodeId host) {
        this.hangUp = hangUp;
        this.call = call;
        this.host = host;
        Metadata headers = new Metadata();
        headers.put(Wire.MESH, mesh.hex());
        call.start(new ClientCall.Listener<>() {
            @Override
            public void onHeaders(Metadata answered) {
                try {
                    NodeId shown = TlsIdentity.peer(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
                    events.offer(shown.equals(host) ? new Event.Opened()
                            : new Event.Ended("it is node " + shown.shortId() + " that answers, not " + host.shortId()));
                } catch (SSLPeerUnverifiedException e) {
                    events.offer(new Event.Ended(e.getMessage()));
                }
            }

            @Override
            public void onMessage(byte[] bytes) {
                events.offer(new Event.Heard(bytes));
                call.request(1);
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                // What gRPC says of a connection that failed runs over several lines and is about its insides.
                LOG.debug("A visit ended: {}", status);
                events.offer(new Event.Ended(status.getCode() == Status.Code.UNAVAILABLE ? "nobody answers there"
                        : "node " + host.shortId() + " ended it: " + (status.getDescription() != null ? status.getDescription()
                                : status.getCode().toString())));
            }
        }, headers);
        call.request(1);
    }

    /** Waits until the host has shown the key that was expected. */
    public void open() throws IOException, InterruptedException {
        if (!(next() instanceof Event.Opened)) {
            throw new IOException("Node " + host.shortId() + " answered before it was asked.");
        }
    }

    /** Says something and waits for the answer. */
    public byte[] say(byte[] message) throws IOException, InterruptedException {
        call.sendMessage(message);
        if (next() instanceof Event.Heard heard) {
            return heard.bytes();
        }
        throw new IOException("Node " + host.shortId() + " did not answer as it should.");
    }

    private Event next() throws IOException, InterruptedException {
        Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (event == null) {
            throw new IOException("Node " + host.shortId() + " did not answer within " + PATIENCE_SECONDS + " seconds.");
        }
        if (event instanceof Event.Ended ended) {
            throw new IOException(ended.why() + ".");
        }
        return event;
    }

    @Override
    public void close() {
        call.cancel("the visit is over", null);
        hangUp.run();
    }
}
