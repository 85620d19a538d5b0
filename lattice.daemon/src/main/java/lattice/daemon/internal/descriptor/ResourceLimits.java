package lattice.daemon.internal.descriptor;

import java.util.OptionalLong;

/**
 * What a daemon may use.
 *
 * @param memory bytes that all its processes together may have in memory
 * @param files file descriptors that each of its processes may have open
 * @param processes how many processes it may have
 */
public record ResourceLimits(OptionalLong memory, OptionalLong files, OptionalLong processes) {
    public static final ResourceLimits NONE =
            new ResourceLimits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
}
