package lattice.rpc.internal;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import lattice.api.store.Store;
import lattice.rpc.ReadyListener;
import lattice.rpc.TokenInfo;

/** What a good token opens, shared by all connections that show it. */
final class Session {
    private static final int MAX_HISTORIES = 4;
    private static final long DENIALS_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Context.Key<Session> CURRENT = Context.key("lattice.rpc.session");

    private final TokenInfo token;
    private final Supplier<Optional<Store>> stores;
    private final ReadyListener ready;
    private final Set<GuardedCall<?, ?>> calls = ConcurrentHashMap.newKeySet();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Object joining = new Object();
    private final Semaphore histories = new Semaphore(MAX_HISTORIES);
    private final AtomicLong denied = new AtomicLong(System.nanoTime() - 2 * DENIALS_NANOS);
    private final AtomicLong looked = new AtomicLong(System.nanoTime());
    private volatile Store store;
    private volatile StatusRuntimeException end;

    /**
     * @param store with the token's rights
     * @param stores gives what is open under that name now
     */
    Session(TokenInfo token, Store store, Supplier<Optional<Store>> stores, ReadyListener ready) {
        this.token = token;
        this.store = store;
        this.stores = stores;
        this.ready = ready;
    }

    /** The session of the call that runs in this thread. */
    static Session current() {
        Session session = CURRENT.get();
        if (session == null) {
            throw new IllegalStateException("This thread runs no call.");
        }
        return session;
    }

    Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    TokenInfo token() {
        return token;
    }

    /**
     * The store with the token's rights. It is looked for again each second, since it may have been closed and opened anew: then
     * this one would stay closed for ever.
     */
    Store store() {
        long now = System.nanoTime();
        long last = looked.get();
        if (now - last > LOOK_NANOS && looked.compareAndSet(last, now)) {
            stores.get().ifPresent(open -> store = open);
        }
        return store;
    }

    /** How many histories it may yet read: if it reads none of them it keeps nobody else from theirs. */
    Semaphore histories() {
        return histories;
    }

    /** Who wants to know when the token's process is ready. */
    ReadyListener ready() {
        return ready;
    }

    boolean expired(Instant now) {
        return token.expires().filter(expires -> !now.isBefore(expires)).isPresent();
    }

    /**
     * A call of it comes by that connection.
     *
     * @param most how many connections it may have
     * @return whether it may: not by one connection too many
     */
    boolean joins(Connection connection, int most) {
        if (connections.contains(connection)) {
            return true;
        }
        synchronized (joining) {
            if (connections.size() >= most) {
                return false;
            }
            connections.add(connection);
        }
        connection.joined(this);
        if (connection.closing()) {
            // Then who tells of that may have done so before it was ours.
            connections.remove(connection);
        }
        return true;
    }

    /** A call begins, by a connection that it joined. */
    void began(Connection connection, GuardedCall<?, ?> call) {
        calls.add(call);
        // It may have ended between the look at the token and here: then whoever ended it did not see this call.
        StatusRuntimeException why = end;
        if (why != null) {
            connection.left(this);
            call.end(why);
        }
    }

    /** Whether it was not told for a minute that something was denied: the log is not who tries without end's to fill. */
    boolean isNewsThatItWasDenied() {
        long now = System.nanoTime();
        long last = denied.get();
        return now - last > DENIALS_NANOS && denied.compareAndSet(last, now);
    }

    /** Whether its token is good no more. */
    boolean ended() {
        return end != null;
    }

    void finished(GuardedCall<?, ?> call) {
        calls.remove(call);
    }

    void gone(Connection connection) {
        connections.remove(connection);
    }

    /** Ends its calls; called once the token is good for no new ones. */
    void end(StatusRuntimeException why) {
        end = why;
        calls.forEach(call -> call.end(why));
        connections.forEach(connection -> connection.left(this));
        connections.clear();
    }
}
