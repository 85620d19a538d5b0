package lattice.service.irc.internal.session;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The lines of a client that wait to be dealt with. They are let through as fast as its tokens allow, and while the store
 * has not answered many of its earlier ones not at all; then the client is not read from either. More lines at once than
 * may wait are a flood.
 */
final class Inbox {
    static final int MAX_WAITING = 64;
    static final int MAX_PENDING_WRITES = 16;

    private final Connection connection;
    private final TokenBucket tokens;
    private final LongSupplier nanos;
    private final Consumer<String> dispatch;
    private final Runnable flood;
    private final Deque<String> waiting = new ArrayDeque<>();
    private int pendingWrites;
    private boolean draining;
    private boolean timer;
    private boolean closed;

    Inbox(Connection connection, Limits limits, LongSupplier nanos, Consumer<String> dispatch, Runnable flood) {
        this.connection = connection;
        this.tokens = new TokenBucket(limits.linesPerSecond(), limits.burst(), nanos.getAsLong());
        this.nanos = nanos;
        this.dispatch = dispatch;
        this.flood = flood;
    }

    void offer(String line) {
        if (closed) {
            return;
        }
        waiting.add(line);
        drain();
        if (waiting.size() > MAX_WAITING && !isBlocked()) {
            close();
            flood.run();
        }
    }

    /** Makes the next lines wait longer, for a line that was more work than others. */
    void charge(int lines) {
        tokens.charge(lines);
    }

    void writeStarted() {
        pendingWrites++;
    }

    void writeEnded() {
        pendingWrites--;
        drain();
    }

    /** Whether the store keeps the client waiting. */
    boolean isBlocked() {
        return pendingWrites >= MAX_PENDING_WRITES;
    }

    /** Drops what waits, and whatever comes. */
    void close() {
        closed = true;
        waiting.clear();
    }

    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        try {
            while (!closed && !waiting.isEmpty() && !isBlocked()) {
                if (!tokens.take(nanos.getAsLong())) {
                    await(tokens.untilNext());
                    break;
                }
                dispatch.accept(waiting.poll());
            }
        } finally {
            draining = false;
        }
        if (!closed) {
            connection.read(!isBlocked());
        }
    }

    private void await(Duration delay) {
        if (!timer) {
            timer = true;
            connection.later(delay, () -> {
                timer = false;
                drain();
            });
        }
    }
}
