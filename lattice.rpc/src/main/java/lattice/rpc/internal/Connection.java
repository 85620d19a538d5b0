package lattice.rpc.internal;

import io.grpc.Attributes;
import io.grpc.Context;
import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** One connection of a client: who it is, what it costs, and the order of its writes. */
final class Connection {
    /** Where its calls find it. */
    static final Attributes.Key<Connection> KEY = Attributes.Key.create("lattice.rpc.connection");

    private static final Context.Key<Connection> CURRENT = Context.key("lattice.rpc.connection");

    private final Channel channel;
    private final Peer peer;
    private final Executor writes;
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final Set<GuardedCall<?, ?>> calls = ConcurrentHashMap.newKeySet();
    private final Tally requestBytes;
    private final Tally answerBytes;
    private final Tally pageBytes;
    private volatile long strangerSince = System.nanoTime();
    private volatile boolean closing;

    Connection(Channel channel, Peer peer, Executor writers, Connections all) {
        this.requestBytes = new Tally(this, all);
        this.answerBytes = new Tally(this, all);
        this.pageBytes = new Tally(this, all);
        this.channel = channel;
        this.peer = peer;
        this.writes = new Turns(writers);
    }

    /** The connection of the call that runs in this thread. */
    static Connection current() {
        Connection connection = CURRENT.get();
        if (connection == null) {
            throw new IllegalStateException("This thread runs no call.");
        }
        return connection;
    }

    Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    Peer peer() {
        return peer;
    }

    /** The thread that its bytes go in and out by; nothing that runs there may wait. */
    Executor network() {
        return channel.eventLoop();
    }

    /** Where its writes run, one after another in the order they came. */
    Executor writes() {
        return writes;
    }

    boolean stranger() {
        return sessions.isEmpty();
    }

    /** Since when it has not shown a good token, by {@link System#nanoTime()}. */
    long strangerSince() {
        return strangerSince;
    }

    void joined(Session session) {
        sessions.add(session);
    }

    /** The session is no longer good; without another the connection is a stranger's again. */
    void left(Session session) {
        if (sessions.remove(session) && sessions.isEmpty()) {
            strangerSince = System.nanoTime();
        }
    }

    void began(GuardedCall<?, ?> call) {
        calls.add(call);
    }

    void finished(GuardedCall<?, ?> call) {
        calls.remove(call);
    }

    Set<GuardedCall<?, ?>> calls() {
        return calls;
    }

    Set<Session> sessions() {
        return sessions;
    }

    /** Whose it is: the session whose token it showed, or else what its peer is counted by. */
    Object owner() {
        return sessions.stream().findFirst().map(Object.class::cast).orElse(peer.account());
    }

    /** Bytes of requests under way. */
    Tally requestBytes() {
        return requestBytes;
    }

    /** Bytes of unary answers that were given and not yet taken. */
    Tally answerBytes() {
        return answerBytes;
    }

    /** Bytes of pages of streams that were sent and not yet read. */
    Tally pageBytes() {
        return pageBytes;
    }

    /** All of these together. */
    long held() {
        return requestBytes.get() + answerBytes.get() + pageBytes.get();
    }

    /** Whether it is closed, or will be in a moment. */
    boolean closing() {
        return closing || !channel.isOpen();
    }

    /** Closes it at once: a goodbye could wait for a client that reads nothing. */
    void close() {
        closing = true;
        if (channel.isRegistered()) {
            channel.eventLoop().execute(() -> channel.unsafe().close(channel.unsafe().voidPromise()));
        } else {
            channel.close();
        }
    }
}
