package lattice.sim;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import lattice.kernel.replication.SignedCommit;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Measures how the mesh behaves as it grows, and prints a table and plots: {@code Simulate [DIRECTORY] [SIZE,...]
 * [SEED]}. Times are of the virtual clock.
 */
public final class Simulate {
    private static final int WRITES = 20;
    private static final int WRITE_BYTES = 200;
    private static final int HARMED = 20;
    private static final long DAY = 86_400_000;

    private final PrintStream out;
    private final long seed;

    private Simulate(PrintStream out, long seed) {
        this.out = out;
        this.seed = seed;
    }

    /**
     * What one write costs.
     *
     * @param nodes size of the mesh
     * @param median until the last node had it, of the writes measured, in milliseconds
     * @param greatest of the slowest write
     * @param bytesPerNode sent by a node, about commits, for one write
     * @param idle bytes that a node sends in a second without writes
     * @param states how many different states there were at the end
     */
    private record Spread(int nodes, long median, long greatest, double bytesPerNode, double idle, int states) {
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments.length > 0 ? arguments[0] : "target/plots");
        List<Integer> sizes = Stream.of((arguments.length > 1 ? arguments[1] : "10,100,1000,5000").split(","))
                .map(Integer::valueOf).toList();
        long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : 1;
        Files.createDirectories(directory);
        new Simulate(System.out, seed).all(directory, sizes);
    }

    private void all(Path directory, List<Integer> sizes) throws IOException {
        out.printf("Seed %d. %d writes of %d bytes, messages take 10 to 60 ms, a disk 1 ms.%n%n", seed, WRITES, WRITE_BYTES);
        out.printf("%-18s %7s %10s %12s %7s %12s %13s %7s%n", "network", "nodes", "median ms", "greatest ms", "rounds",
                "bytes/write", "idle bytes/s", "states");
        List<Spread> good = new ArrayList<>();
        List<Spread> lossy = new ArrayList<>();
        List<Spread> vanishing = new ArrayList<>();
        List<Spread> churning = new ArrayList<>();
        for (int size : sizes) {
            good.add(print("good", spread(size, Conditions.GOOD, 0)));
            lossy.add(print("10 % loss", spread(size, Conditions.GOOD.withLoss(0.1), 0)));
            churning.add(print("20 % churn", spread(size, Conditions.GOOD, 0.2)));
            if (size <= 1000) {
                vanishing.add(print("10 % vanishing", spread(size, Conditions.GOOD.withVanishing(0.1), 0)));
            }
        }
        XYChart times = chart("One write until the last node has it, median of " + WRITES + " (seed " + seed + ")", "milliseconds");
        XYChart bytes = chart("Bytes that a node sends for one write of " + WRITE_BYTES + ", on average (seed " + seed + ")",
                "bytes");
        logarithm(times, good);
        series(times, bytes, "good network", good);
        series(times, bytes, "10 % of packets lost", lossy);
        series(times, bytes, "10 % of messages vanish", vanishing);
        series(times, bytes, "20 % churn", churning);
        BitmapEncoder.saveBitmap(times, directory.resolve("time.png").toString(), BitmapEncoder.BitmapFormat.PNG);
        BitmapEncoder.saveBitmap(bytes, directory.resolve("bytes.png").toString(), BitmapEncoder.BitmapFormat.PNG);
        catchUp(directory);
        harm();
        out.printf("%nPlots are in %s.%n", directory);
    }

    private Spread print(String network, Spread spread) {
        out.printf("%-18s %7d %10d %12d %7.1f %12.0f %13.0f %7d%n", network, spread.nodes(), spread.median(),
                spread.greatest(), spread.median() / Conditions.GOOD.meanHop(), spread.bytesPerNode(), spread.idle(),
                spread.states());
        return spread;
    }

    private Spread spread(int size, Conditions conditions, double churn) {
        World world = new World(seed, conditions).grow(size);
        world.run(30_000);
        long before = world.bytes();
        long idleTime = 10_000;
        world.run(idleTime);
        double idle = (double) (world.bytes() - before) / size / idleTime * 1000;
        long[] times = new long[WRITES];
        long commitBytes = world.commitBytes();
        List<SimNode> gone = new ArrayList<>();
        for (int i = 0; i < WRITES; i++) {
            for (int leaving = 0; leaving < size * churn; leaving++) {
                SimNode node = world.anyUp();
                node.crash();
                gone.add(node);
            }
            SignedCommit commit = world.anyUp().write(i, WRITE_BYTES);
            times[i] = world.runUntil(() -> world.everyoneHolds(commit), 120_000);
            if (times[i] < 0) {
                throw new IllegalStateException("With seed " + seed + " a write did not reach all of " + size
                        + " nodes within two minutes.");
            }
            world.run(churn > 0 ? 1_000 : 200);
            gone.forEach(world::restart);
            gone.clear();
        }
        if (world.runUntil(() -> world.states() == 1, 120_000) < 0) {
            throw new IllegalStateException("With seed " + seed + " " + size + " nodes are in " + world.states()
                    + " states two minutes after the last write.");
        }
        Arrays.sort(times);
        double bytesPerNode = (double) (world.commitBytes() - commitBytes) / size / WRITES;
        return new Spread(size, times[WRITES / 2], times[WRITES - 1], bytesPerNode, idle, world.states());
    }

    private void catchUp(Path directory) throws IOException {
        out.printf("%nOne of 100 nodes catches up after an absence, 1,000 keys%n%-10s %10s %-26s %10s %16s%n", "commits", "absence",
                "others keep", "ms", "bytes received");
        List<Integer> commits = List.of(1_000, 5_000, 20_000);
        List<Long> history = new ArrayList<>();
        List<Long> checkpoint = new ArrayList<>();
        for (int missed : commits) {
            long absence = missed == 20_000 ? DAY : 5L * missed;
            history.add(catchUp(missed, absence, false));
            checkpoint.add(catchUp(missed, absence, true));
        }
        XYChart chart = new XYChartBuilder().width(800).height(500)
                .title("One node of 100 catches up after an absence (seed " + seed + ")")
                .xAxisTitle("commits missed").yAxisTitle("milliseconds").build();
        chart.getStyler().setYAxisMin(0.0).setXAxisMin(0.0).setLegendPosition(Styler.LegendPosition.InsideNW);
        chart.addSeries("from all commits", commits, history);
        chart.addSeries("from a checkpoint and the last tenth", commits, checkpoint);
        BitmapEncoder.saveBitmap(chart, directory.resolve("catch-up.png").toString(), BitmapEncoder.BitmapFormat.PNG);
    }

    /**
     * One node of a hundred is away while the others write; returns the milliseconds until it is as they are.
     *
     * @param settled whether the others make a checkpoint when nine tenths are written, and keep only what comes after it
     */
    private long catchUp(int missed, long absence, boolean settled) {
        World world = new World(seed, Conditions.GOOD).grow(100);
        world.run(10_000);
        SimNode away = world.node(17);
        away.crash();
        for (int i = 0; i < missed; i++) {
            world.anyUp().write(i % 1000, WRITE_BYTES);
            world.run(absence / missed);
            if (settled && i == missed / 10 * 9) {
                world.runUntil(() -> world.states() == 1, 60_000);
                world.settle();
            }
        }
        world.runUntil(() -> world.states() == 1, 60_000);
        long before = away.received();
        world.restart(away);
        long time = world.runUntil(() -> world.states() == 1, 300_000);
        if (time < 0) {
            throw new IllegalStateException("With seed " + seed + " a node that missed " + missed
                    + " commits did not catch up within five minutes.");
        }
        out.printf("%-10d %8d s %-26s %10d %16d%n", missed, absence / 1000, settled ? "checkpoint and last tenth" : "all commits", time,
                away.received() - before);
        return time;
    }

    /** What becomes of meshes of 40 in which every eighth node is malicious, or all clocks are wrong. */
    private void harm() {
        out.printf("%n%d meshes of 40 nodes each, every eighth malicious, 50 writes%n%-18s %9s %12s%n", HARMED, "harm",
                "diverged", "greatest ms");
        for (Mischief mischief : Mischief.values()) {
            harm(mischief.name().toLowerCase(Locale.ROOT), mischief, Conditions.GOOD);
        }
        harm("clocks 1 h wrong", Mischief.NONE, Conditions.GOOD.withClockSkew(3_600_000));
    }

    private void harm(String name, Mischief mischief, Conditions conditions) {
        int diverged = 0;
        long greatest = 0;
        for (long each = seed; each < seed + HARMED; each++) {
            World world = new World(each, conditions);
            for (int i = 0; i < 40; i++) {
                world.join(i % 8 == 7 ? mischief : Mischief.NONE);
                world.run(20);
            }
            world.run(10_000);
            List<SimNode> honest = world.nodes().stream().filter(node -> node.mischief() == Mischief.NONE).toList();
            for (int i = 0; i < 50; i++) {
                honest.get(world.random().nextInt(honest.size())).write(i % 10, WRITE_BYTES);
                world.run(50);
            }
            long time = world.runUntil(() -> world.states() == 1, 120_000);
            diverged += time < 0 ? 1 : 0;
            greatest = Math.max(greatest, time);
        }
        out.printf("%-18s %9d %12d%n", name, diverged, greatest);
    }

    private static XYChart chart(String title, String axis) {
        XYChart chart = new XYChartBuilder().width(800).height(500).title(title).xAxisTitle("nodes").yAxisTitle(axis).build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0).setLegendPosition(Styler.LegendPosition.InsideNW);
        return chart;
    }

    /** What grows with log n and is as great as the largest mesh measured needs: a straight line here. */
    private static void logarithm(XYChart chart, List<Spread> measured) {
        Spread largest = measured.get(measured.size() - 1);
        XYSeries line = chart.addSeries("proportional to log n", measured.stream().map(Spread::nodes).toList(), measured.stream()
                .map(spread -> largest.median() * Math.log(spread.nodes()) / Math.log(largest.nodes())).toList());
        line.setMarker(SeriesMarkers.NONE).setLineStyle(SeriesLines.DASH_DASH).setLineColor(Color.GRAY);
    }

    private static void series(XYChart times, XYChart bytes, String name, List<Spread> spreads) {
        List<Integer> nodes = spreads.stream().map(Spread::nodes).toList();
        times.addSeries(name, nodes, spreads.stream().map(Spread::median).toList());
        bytes.addSeries(name, nodes, spreads.stream().map(Spread::bytesPerNode).toList());
    }
}
