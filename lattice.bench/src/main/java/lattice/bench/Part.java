package lattice.bench;

import lattice.bench.report.Report;

/** One group of measurements; {@link Parts} names all there are. */
public interface Part {
    /** What {@code --parts} calls it. */
    String name();

    /** Measures, and puts what came of it into the report. What can't be measured here is skipped there, with the reason. */
    void measure(Options options, Report report) throws Exception;
}
