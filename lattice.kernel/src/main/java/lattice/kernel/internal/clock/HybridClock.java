package lattice.kernel.internal.clock;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import lattice.api.node.ClockStatus;
import lattice.api.store.HybridTime;
import lattice.api.store.StoreException;

/**
 * The node's hybrid logical clock (Kulkarni et al. 2014). Its readings only grow, across restarts too, because it observes
 * what the logs hold when they are opened. It follows other nodes' clocks up to {@link #BOUND} ahead of its own and no
 * further; when it finds itself further ahead than that, the wall clock went back, and it gives no readings until that is
 * put right.
 */
public final class HybridClock {
    /** How far ahead of the wall clock a time may be and still be believed. */
    public static final Duration BOUND = Duration.ofMinutes(5);

    /** No Lattice was written before this; a clock that says so has lost its battery. */
    private static final long EARLIEST = Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();

    private final WallClock wall;
    private final AtomicLong last = new AtomicLong();

    public HybridClock(WallClock wall) {
        this.wall = wall;
    }

    /**
     * A reading greater than all before it and than everything observed.
     *
     * @throws StoreException with {@link StoreException.Code#CLOCK} if this node's wall clock is plainly wrong
     */
    public HybridTime next() {
        long millis = wall.millis();
        problem(millis).ifPresent(problem -> {
            throw new StoreException(StoreException.Code.CLOCK, problem);
        });
        long now = HybridTime.ofMillis(millis).bits();
        return new HybridTime(last.updateAndGet(previous -> Math.max(previous + 1, now)));
    }

    /** What the wall clock says, right or wrong; not a reading. */
    public HybridTime now() {
        return HybridTime.ofMillis(wall.millis());
    }

    /** The last reading. */
    public HybridTime last() {
        return new HybridTime(last.get());
    }

    /** Whether a time is near enough to be acted upon, rather than one to wait for. */
    public boolean hasCome(HybridTime time) {
        return time.millis() <= wall.millis() + BOUND.toMillis();
    }

    /** How long until {@link #hasCome} is true of a time. */
    public Duration until(HybridTime time) {
        return Duration.ofMillis(Math.max(0, time.millis() - BOUND.toMillis() - wall.millis()));
    }

    /** Takes in another node's time, if it has come. */
    public void observe(HybridTime time) {
        if (hasCome(time)) {
            observeOwn(time);
        }
    }

    /** Takes in a time that this node itself once read: it is never read again, even if the wall clock went back. */
    public void observeOwn(HybridTime time) {
        last.accumulateAndGet(time.bits(), Math::max);
    }

    public ClockStatus status() {
        long millis = wall.millis();
        HybridTime reading = last();
        return new ClockStatus(reading, Duration.ofMillis(Math.max(0, reading.millis() - millis)), problem(millis));
    }

    private Optional<String> problem(long millis) {
        if (millis < EARLIEST) {
            return Optional.of("This node's clock says " + Instant.ofEpochMilli(millis)
                    + ", which can't be: set the clock; until then this node writes nothing.");
        }
        long ahead = last().millis() - millis;
        if (ahead > BOUND.toMillis()) {
            return Optional.of("This node's clock says " + Instant.ofEpochMilli(millis) + " but has said "
                    + last().instant() + " before: set the clock; until then this node writes nothing.");
        }
        return Optional.empty();
    }
}
