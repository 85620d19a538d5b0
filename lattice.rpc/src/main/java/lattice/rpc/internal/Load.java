package lattice.rpc.internal;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that all connections of a socket hold, of requests under way and of answers that were not read, and their bound. */
final class Load {
    private final long most;
    private final AtomicLong held = new AtomicLong();

    /** @param most so many, and whoever holds most of them has to give way */
    Load(long most) {
        this.most = most;
    }

    void add(long bytes) {
        held.addAndGet(bytes);
    }

    long held() {
        return held.get();
    }

    boolean isTooMuch() {
        return held.get() > most;
    }

    /** Whether so much more came in while somebody was to give way that nobody can wait for that. */
    boolean isFarTooMuch() {
        return held.get() > 2 * most;
    }
}
