package lattice.bench.report;

/**
 * One figure.
 *
 * @param subject what was measured: {@code lattice}, {@code rocksdb}, {@code disk}
 * @param measure what of it, such as {@code put, 16 threads, p50}
 * @param value the figure
 * @param unit what it counts, such as {@code ms} or {@code /s}
 * @param goal what it should be, in words; empty if there is no goal
 */
public record Row(String subject, String measure, double value, String unit, String goal) {
    /** A figure without a goal. */
    public static Row of(String subject, String measure, double value, String unit) {
        return new Row(subject, measure, value, unit, "");
    }
}
