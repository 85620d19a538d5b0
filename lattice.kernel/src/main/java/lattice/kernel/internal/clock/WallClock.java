package lattice.kernel.internal.clock;

/** What tells the time of day. */
@FunctionalInterface
public interface WallClock {
    /** The clock of this machine. */
    WallClock SYSTEM = System::currentTimeMillis;

    /** Milliseconds since 1970 UTC. */
    long millis();
}
