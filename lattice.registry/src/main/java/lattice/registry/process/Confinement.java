package lattice.registry.process;

/**
 * What the process of a bundle's service may use. Only the owner of the node can widen it.
 *
 * @param memory what it may have in memory, Java's own part included
 * @param files how many file descriptors it may have open
 * @param processes how many processes it may be
 * @param sandbox what it sees of the machine
 */
public record Confinement(MemorySize memory, int files, int processes, Sandbox sandbox) {
    /** What a small service does well with. */
    public static final Confinement STANDARD = new Confinement(new MemorySize(384L << 20), 4096, 8, Sandbox.NONE);

    /** What a process sees of the machine. */
    public enum Sandbox {
        /** What the node's user sees. */
        NONE,
        /** Programs, its own directory and the network; nothing of the node's home. */
        NETWORK,
        /** The same without the network: it can listen at no port. */
        CLOSED
    }

    private static final long LEAST_MEMORY = 96L << 20;
    private static final int LEAST_FILES = 64;
    private static final int MOST_FILES = 1 << 20;
    private static final int MOST_PROCESSES = 1 << 16;

    /** @throws IllegalArgumentException if no service could run with so little; the message says so */
    public Confinement {
        if (memory.bytes() < LEAST_MEMORY) {
            throw new IllegalArgumentException("A process that runs a bundle needs at least 96M of memory.");
        }
        if (files < LEAST_FILES || files > MOST_FILES) {
            throw new IllegalArgumentException("A process that runs a bundle has " + LEAST_FILES + " to " + MOST_FILES
                    + " file descriptors.");
        }
        if (processes < 1 || processes > MOST_PROCESSES) {
            throw new IllegalArgumentException("A service has 1 to " + MOST_PROCESSES + " processes.");
        }
    }
}
