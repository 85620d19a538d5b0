package lattice.bench.measure;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * A long time of overwriting the same keys at full speed, and how the latency goes meanwhile, second by second, and what it takes
 * of the disk and, of a store in this process, of the heap. All garbage is collected now and then, or nobody could tell what is
 * held from what is not yet collected: a pause of the writers, which their latency shows.
 */
public final class Overwriting implements Part {
    private static final int KEYS = 100_000;
    private static final int WRITERS = 64;
    private static final int PRECISION_DIGITS = 3;
    private static final double[] PERCENTILES = {50, 99, 99.9};
    private static final int P99 = 1;
    /** Seconds between two full collections, which show what is held; what is between them is mostly not yet collected. */
    private static final int FULL_COLLECTION_EVERY = 30;
    private static final int WIDTH = 1200;
    private static final int HEIGHT = 600;

    @Override
    public String name() {
        return "overwrite";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        Stores.each(options, report,
                subject -> new OfStore(subject, options.overwriteSeconds(), options.folder()).measure(report));
    }

    /** @param folder where the plot goes */
    private record OfStore(Subject subject, int seconds, Path folder) {
        /** What was in use after a second: of the disk, and of the heap after the last full collection; bytes. */
        private record Use(long disk, long heap) {
        }

        /** How long the puts of a second took; nothing else of them is kept, as what is measured is the heap, too. */
        private record Latency(long puts, double[] millis) {
            static Latency of(Histogram nanos) {
                return new Latency(nanos.getTotalCount(),
                        DoubleStream.of(PERCENTILES).map(percentile -> nanos.getValueAtPercentile(percentile) / 1e6).toArray());
            }
        }

        void measure(Report report) throws Exception {
            Recorder recorder = new Recorder(PRECISION_DIGITS);
            AtomicBoolean enough = new AtomicBoolean();
            List<Callable<Void>> writers = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                writers.add(() -> {
                    byte[] value = Data.value();
                    try (Subject.Session session = subject.session()) {
                        for (long before = System.nanoTime(); !enough.get();) {
                            session.put(Data.key(ThreadLocalRandom.current().nextInt(KEYS)), value);
                            long after = System.nanoTime();
                            recorder.recordValue(after - before);
                            before = after;
                        }
                    }
                    return null;
                });
            }
            Histogram all = new Histogram(PRECISION_DIGITS);
            Histogram last = null;
            List<Latency> second = new ArrayList<>();
            List<Use> use = new ArrayList<>();
            long heap = Heap.inUse();
            long diskBefore = Folders.bytes(folder);
            ExecutorService executor = Executors.newFixedThreadPool(WRITERS);
            try {
                List<Future<Void>> running = writers.stream().map(executor::submit).toList();
                long started = System.nanoTime();
                try {
                    for (int i = 1; i <= seconds; i++) {
                        // By the clock, since to look at the disk takes time too.
                        TimeUnit.NANOSECONDS.sleep(started + i * 1_000_000_000L - System.nanoTime());
                        last = recorder.getIntervalHistogram(last);
                        all.add(last);
                        second.add(Latency.of(last));
                        if (i % FULL_COLLECTION_EVERY == 0) {
                            heap = Heap.inUse();
                        }
                        use.add(new Use(Folders.bytes(folder) - diskBefore, heap));
                    }
                } finally {
                    enough.set(true);
                }
                for (Future<Void> writer : running) {
                    writer.get();
                }
            } finally {
                executor.shutdownNow();
            }
            report(all, second, use, report);
        }

        private void report(Histogram all, List<Latency> second, List<Use> use, Report report) throws IOException {
            String measure = "overwriting for " + seconds + " s, " + WRITERS + " threads";
            report.add(Row.of(subject.name(), measure, (double) all.getTotalCount() / seconds, "/s"));
            report.add(Row.of(subject.name(), measure + ", p99", all.getValueAtPercentile(99) / 1e6, "ms"));
            report.add(Row.of(subject.name(), measure + ", worst second's p99",
                    second.stream().mapToDouble(latency -> latency.millis()[P99]).max().orElse(0), "ms"));
            int half = use.size() / 2;
            report.add(Row.of(subject.name(), measure + ", most on disk in the first half",
                    use.subList(0, half).stream().mapToLong(Use::disk).max().orElse(0) / 1e6, "MB"));
            report.add(Row.of(subject.name(), measure + ", most on disk in the second half",
                    use.subList(half, use.size()).stream().mapToLong(Use::disk).max().orElse(0) / 1e6, "MB"));
            report.add(Row.of(subject.name(), measure + ", most heap held in the first half",
                    use.subList(0, half).stream().mapToLong(Use::heap).max().orElse(0) / 1e6, "MB"));
            report.add(Row.of(subject.name(), measure + ", most heap held in the second half",
                    use.subList(half, use.size()).stream().mapToLong(Use::heap).max().orElse(0) / 1e6, "MB"));
            Path latency = folder.resolve(subject.name() + "-overwriting.png");
            Files.write(latency, plot(second));
            Path space = folder.resolve(subject.name() + "-overwriting-space.png");
            Files.write(space, plotSpace(use));
            report.note("The latency over time is plotted in " + latency + ", disk and heap in " + space);
        }

        private byte[] plotSpace(List<Use> use) throws IOException {
            XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT)
                    .title(subject.name() + ": what overwriting " + KEYS + " keys takes").xAxisTitle("seconds").yAxisTitle("MB")
                    .build();
            chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW).setChartBackgroundColor(Color.WHITE)
                    .setMarkerSize(0);
            double[] time = IntStream.rangeClosed(1, use.size()).asDoubleStream().toArray();
            chart.addSeries("disk", time, use.stream().mapToDouble(one -> one.disk() / 1e6).toArray());
            chart.addSeries("heap after full collection", time, use.stream().mapToDouble(one -> one.heap() / 1e6).toArray());
            return BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG);
        }

        private byte[] plot(List<Latency> second) throws IOException {
            XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT)
                    .title(subject.name() + ": durable puts by " + WRITERS + " threads to " + KEYS + " keys")
                    .xAxisTitle("seconds").yAxisTitle("milliseconds").build();
            chart.getStyler().setYAxisLogarithmic(true).setLegendPosition(Styler.LegendPosition.InsideNW)
                    .setChartBackgroundColor(Color.WHITE).setMarkerSize(0);
            double[] time = new double[second.size()];
            for (int i = 0; i < time.length; i++) {
                time[i] = i + 1;
            }
            for (int i = 0; i < PERCENTILES.length; i++) {
                int which = i;
                double percentile = PERCENTILES[i];
                // A second in which nothing came back has no latency: a gap, and what came back late stands behind it.
                double[] millis = second.stream().mapToDouble(latency -> latency.puts() == 0 ? Double.NaN : latency.millis()[which])
                        .toArray();
                chart.addSeries("p" + (percentile == (int) percentile ? "" + (int) percentile : "" + percentile), time, millis);
            }
            return BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG);
        }
    }
}
