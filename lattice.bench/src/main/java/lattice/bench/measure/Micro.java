package lattice.bench.measure;

import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.micro.KeyBenchmark;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The small things, by JMH. */
public final class Micro implements Part {
    @Override
    public String name() {
        return "micro";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        Durations durations = options.durations();
        for (RunResult result : new Runner(new OptionsBuilder().include(KeyBenchmark.class.getPackageName())
                .forks(1).warmupIterations(2).warmupTime(TimeValue.milliseconds(durations.warmUp().toMillis()))
                .measurementIterations(3).measurementTime(TimeValue.milliseconds(durations.measured().toMillis()))
                .verbosity(VerboseMode.SILENT).build()).run()) {
            String[] words = result.getParams().getBenchmark().split("\\.");
            report.add(Row.of("micro", words[words.length - 2].replace("Benchmark", "") + "." + words[words.length - 1],
                    result.getPrimaryResult().getScore(), "ns"));
        }
    }
}
