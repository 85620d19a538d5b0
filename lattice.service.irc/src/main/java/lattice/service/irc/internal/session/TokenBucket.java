package lattice.service.irc.internal.session;

import java.time.Duration;

/** How much a client may do: a burst at once, then so much a second. */
final class TokenBucket {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final int perSecond;
    private final long capacity;
    private long credit;
    private long asOf;

    TokenBucket(int perSecond, int burst, long nanos) {
        this.perSecond = perSecond;
        this.capacity = burst * SECOND;
        this.credit = capacity;
        this.asOf = nanos;
    }

    /** Takes a token, if there is one. */
    boolean take(long nanos) {
        credit = Math.min(capacity, credit + Math.min(capacity, (nanos - asOf) * perSecond));
        asOf = nanos;
        if (credit < SECOND) {
            return false;
        }
        credit -= SECOND;
        return true;
    }

    /** Takes tokens that need not be there yet: what comes later waits for them. */
    void charge(int tokens) {
        credit -= tokens * SECOND;
    }

    /** How long until there is a token. */
    Duration untilNext() {
        return Duration.ofNanos(Math.max(0, (SECOND - credit + perSecond - 1) / perSecond));
    }
}
