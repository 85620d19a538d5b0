package lattice.daemon.internal.process;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.OptionalLong;

/**
 * By which the processes of one start are known, whatever becomes of their parents, sessions and groups. It is in their
 * environment, and it is their hard limit of real-time processor time (setrlimit(2), {@code RLIMIT_RTTIME}): thousands of
 * years, so no limit at all, but a number that nobody else has, that every child inherits whatever its environment, and that
 * anybody may read.
 *
 * @param text 128 random bits as hexadecimal digits
 */
record Mark(String text) {
    private static final String VARIABLE = "LATTICE_RUN";
    private static final int BYTES = 16;
    private static final int LIMIT_DIGITS = 15;
    private static final long LEAST_LIMIT = 1L << (4 * LIMIT_DIGITS);
    private static final SecureRandom RANDOM = new SecureRandom();

    /** @throws IllegalArgumentException if that is none */
    Mark {
        if (!text.matches("[0-9a-f]{32}")) {
            throw new IllegalArgumentException("A mark has 32 hexadecimal digits.");
        }
    }

    /** A new one. */
    static Mark random() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return new Mark(HexFormat.of().formatHex(bytes));
    }

    /** The name of the variable that holds it. */
    static String variable() {
        return VARIABLE;
    }

    /** The limit, in microseconds: 2^60 to 2^61. */
    long limit() {
        return LEAST_LIMIT + Long.parseLong(text.substring(0, LIMIT_DIGITS), 16);
    }

    /** Whether this process may give others that limit: one that has less itself may not. */
    boolean canBeLimit() {
        OptionalLong own = ProcessTable.realTimeLimit(ProcessHandle.current().pid());
        return own.isEmpty() || own.getAsLong() >= limit();
    }

    /** Whether a process bears it. */
    boolean isOn(ProcessId id) {
        OptionalLong limit = ProcessTable.realTimeLimit(id.pid());
        return limit.isPresent() && limit.getAsLong() == limit()
                || ProcessTable.hasVariable(id.pid(), VARIABLE + "=" + text);
    }
}
