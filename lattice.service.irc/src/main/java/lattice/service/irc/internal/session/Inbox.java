package lattice.service.irc.internal.session;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * The lines of a client that wait to be dealt with. They are let through as fast as its tokens allow, and in order: what
 * it says goes through the store, so whatever else it does waits until everyone was told of what it said before. While the
 * store keeps a client waiting it is not read from. More lines at once than may wait are a flood.
 */
final class Inbox {
    static final int MAX_WAITING = 64;
    static final int MAX_PENDING_WRITES = 16;

    // What is said one after another stays in order on its way through the store.
    private static final Pattern ONLY_SAYS =
            Pattern.compile("(@[^ ]* +)?(:[^ ]* +)?(PRIVMSG|NOTICE) ", Pattern.CASE_INSENSITIVE);

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
    private Runnable finished = () -> { };

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
        if (waiting.size() > MAX_WAITING && !isBlocked() && !closed) {
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
        return pendingWrites >= MAX_PENDING_WRITES
                || pendingWrites > 0 && !waiting.isEmpty() && !ONLY_SAYS.matcher(waiting.peek()).lookingAt();
    }

    /** Runs a task when nothing is left to be dealt with; at once if that is so. */
    void finish(Runnable task) {
        finished = task;
        drain();
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
            if (waiting.isEmpty() && pendingWrites == 0) {
                finished.run();
            }
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
