package lattice.bench.load;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What came of doing something again and again.
 *
 * @param operations how often it was done
 * @param time how long that took all in all
 * @param nanos how long each took
 * @param processor processor time that this process took meanwhile, all its threads together
 */
public record Timed(long operations, Duration time, Histogram nanos, Duration processor) {
    /** How often it was done in a second. */
    public double perSecond() {
        return operations * 1e9 / time.toNanos();
    }

    /** Processor time of this process for each, in microseconds. */
    public double processorMicros() {
        return processor.toNanos() / 1e3 / operations;
    }

    /** The time within which so many percent were done, in milliseconds. */
    public double millis(double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    /** This and another one, one after the other. */
    public Timed plus(Timed other) {
        Histogram both = nanos.copy();
        both.add(other.nanos);
        return new Timed(operations + other.operations, time.plus(other.time), both, processor.plus(other.processor));
    }
}
