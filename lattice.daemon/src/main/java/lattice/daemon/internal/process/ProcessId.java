package lattice.daemon.internal.process;

/**
 * Names a process for good: numbers are used again, but not with the same start.
 *
 * @param pid its number
 * @param start when it started, in clock ticks since the machine did
 */
public record ProcessId(long pid, long start) {
}
