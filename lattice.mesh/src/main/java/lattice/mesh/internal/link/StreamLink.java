package lattice.mesh.internal.link;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import lattice.api.id.NodeId;
import lattice.mesh.internal.protocol.Message;
import lattice.mesh.internal.protocol.MessageCodec;
import lattice.mesh.internal.protocol.PeerLink;

/** A link over a gRPC stream. What the stream does not take at once waits in a bounded queue. */
final class StreamLink implements PeerLink {
    /** The sending half of a gRPC stream, a client's or a server's. */
    interface Stream {
        boolean isReady();

        void send(byte[] bytes);

        /** Asks for that many more messages. */
        void request(int messages);

        void close(String reason);
    }

    /** How many messages may have come in that are not dealt with. */
    static final int IN_FLIGHT = 8;

    private static final int ASKED_AT_ONCE = IN_FLIGHT / 2;
    /** How much may wait before commits are refused: they are repaired later, from what is on disk. */
    private static final int QUEUED_COMMITS = 4 << 20;
    /** How much may wait at all: a peer that takes nothing is not a peer. */
    private static final int QUEUED = QUEUED_COMMITS + MessageCodec.MAX_BYTES;

    private final NodeId peer;
    private final boolean dialled;
    private final Stream stream;
    private final String address;
    private final long since = System.currentTimeMillis();
    private final Deque<byte[]> queue = new ArrayDeque<>();
    private long queued;
    private int dealtWith;
    private int notDealtWith;
    private long lastSaid = System.nanoTime();
    private boolean closed;
    private volatile long sent;
    private volatile long received;

    StreamLink(NodeId peer, boolean dialled, String address, Stream stream) {
        this.peer = peer;
        this.dialled = dialled;
        this.address = address;
        this.stream = stream;
    }

    @Override
    public NodeId peer() {
        return peer;
    }

    @Override
    public boolean dialled() {
        return dialled;
    }

    /** Where the peer is, as this node sees it. */
    String address() {
        return address;
    }

    /** When it was opened, in milliseconds since 1970. */
    long since() {
        return since;
    }

    long sent() {
        return sent;
    }

    long received() {
        return received;
    }

    /** A message has come in, which is to be dealt with. */
    synchronized void arrived() {
        notDealtWith++;
    }

    /** Whether messages came in that were not dealt with. */
    synchronized boolean isBusy() {
        return notDealtWith > 0;
    }

    /** Counts a message that has come in and been dealt with, and asks for more now and then. */
    void dealtWith(int bytes) {
        received += bytes;
        synchronized (this) {
            notDealtWith--;
            // To ask wakes the I/O thread: not for each.
            if (++dealtWith == ASKED_AT_ONCE && !closed) {
                stream.request(dealtWith);
                dealtWith = 0;
            }
        }
    }

    @Override
    public boolean send(Message message) {
        byte[] bytes = MessageCodec.encode(message);
        boolean commits = message instanceof Message.Push;
        synchronized (this) {
            if (closed || commits && queued + bytes.length > QUEUED_COMMITS) {
                return false;
            }
            if (queued + bytes.length > QUEUED) {
                close("it takes nothing any more");
                return false;
            }
            queue.add(bytes);
            queued += bytes.length;
        }
        drain();
        return true;
    }

    /** Hands over what waits, as far as the stream takes it. */
    synchronized void drain() {
        while (!closed && !queue.isEmpty() && stream.isReady()) {
            byte[] next = queue.poll();
            queued -= next.length;
            sent += next.length;
            lastSaid = System.nanoTime();
            stream.send(next);
        }
    }

    /** Says that this end is there, by an empty message, if it has said nothing for so long. */
    synchronized void sayIfSilentFor(int seconds) {
        if (!closed && stream.isReady() && System.nanoTime() - lastSaid > TimeUnit.SECONDS.toNanos(seconds)) {
            lastSaid = System.nanoTime();
            stream.send(new byte[0]);
        }
    }

    /** The stream has ended by itself. */
    synchronized void ended() {
        closed = true;
        queue.clear();
        queued = 0;
    }

    @Override
    public synchronized void close(String reason) {
        if (!closed) {
            // What waits is small talk such as a good-bye, unless the peer is stuck, and then it is lost either way.
            while (!queue.isEmpty() && stream.isReady()) {
                stream.send(queue.poll());
            }
            closed = true;
            queue.clear();
            queued = 0;
            stream.close(reason);
        }
    }

    @Override
    public String toString() {
        return peer.shortId() + (dialled ? " at " : " from ") + address;
    }
}
