package lattice.bench.load;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What came of doing something again and again.
 *
 * @param operations how often it was done
 * @param time how long that took all in all
 * @param nanos how long each took
 */
public record Timed(long operations, Duration time, Histogram nanos) {
    /** How often it was done in a second. */
    public double perSecond() {
        return operations * 1e9 / time.toNanos();
    }

    /** The time within which so many percent were done, in milliseconds. */
    public double millis(double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    /** This and another one, one after the other. */
    public Timed plus(Timed other) {
        Histogram both = nanos.copy();
        both.add(other.nanos);
        return new Timed(operations + other.operations, time.plus(other.time), both);
    }
}
