package lattice.bench.measure;

import java.time.Duration;

/**
 * How long to measure.
 *
 * @param warmUp what does not count
 * @param measured what does
 */
public record Durations(Duration warmUp, Duration measured) {
    /** The same in so many parts. */
    Durations dividedBy(int parts) {
        return new Durations(warmUp.dividedBy(parts), measured.dividedBy(parts));
    }
}
