package lattice.sim;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
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
 * [SEED]}. Times are of the virtual clock. It fails if any mesh does not come to be in one state.
 */
public final class Simulate {
    private static final int WRITES = 20;
    private static final int WRITE_BYTES = 200;
    private static final int HARMED = 20;
    private static final long DAY = 86_400_000;

    private static final long PATIENCE = 120_000;

    private final PrintStream out;
    private final long seed;
    /** Of each mesh that did not come to be in one state, which it was. */
    private final List<String> diverged = new ArrayList<>();

    Simulate(PrintStream out, long seed) {
        this.out = out;
        this.seed = seed;
    }

    /**
     * What one write costs.
     *
     * @param nodes size of the mesh
     * @param median until the last node had it, of the writes measured, in milliseconds
     * @param greatest of the slowest write
     * @param rounds over how many links it went to the node to which it went over the most, median of the writes
     * @param mostRounds of the write that went over the most
     * @param bytesPerNode sent by a node, about commits, for one write
     * @param idle bytes that a node sends in a second without writes
     * @param states how many different states there were at the end
     */
    record Spread(int nodes, long median, long greatest, int rounds, int mostRounds, double bytesPerNode, double idle, int states) {
        double logarithm() {
            return Math.log(nodes) / Math.log(2);
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments.length > 0 ? arguments[0] : "target/plots");
        List<Integer> sizes = Stream.of((arguments.length > 1 ? arguments[1] : "10,100,1000,5000").split(","))
                .map(Integer::valueOf).toList();
        long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : 1;
        Files.createDirectories(directory);
        Simulate simulate = new Simulate(System.out, seed);
        simulate.all(directory, sizes);
        simulate.end();
    }

    /** @throws IllegalStateException if any mesh did not come to be in one state */
    void end() {
        if (!diverged.isEmpty()) {
            throw new IllegalStateException("Not all came to be in one state:\n" + String.join("\n", diverged));
        }
    }

    private void all(Path directory, List<Integer> sizes) throws IOException {
        out.printf("Seed %d. %d writes of %d bytes, messages take 10 to 60 ms, a disk 1 ms.%n%n", seed, WRITES, WRITE_BYTES);
        out.printf("%-18s %7s %7s %7s %12s %10s %12s %12s %13s %7s%n", "network", "nodes", "log2 n", "rounds", "most rounds",
                "median ms", "greatest ms", "bytes/write", "idle bytes/s", "states");
        List<Spread> good = new ArrayList<>();
        List<Spread> lossy = new ArrayList<>();
        List<Spread> vanishing = new ArrayList<>();
        List<Spread> churning = new ArrayList<>();
        for (int size : sizes) {
            good.add(spread("good", size, Conditions.GOOD, 0));
            lossy.add(spread("10 % loss", size, Conditions.GOOD.withLoss(0.1), 0));
            churning.add(spread("20 % churn", size, Conditions.GOOD, 0.2));
            if (size <= 1000) {
                vanishing.add(spread("10 % vanishing", size, Conditions.GOOD.withVanishing(0.1), 0));
            }
        }
        XYChart times = chart("One write until the last node has it, median of " + WRITES + " (seed " + seed + ")", "milliseconds");
        XYChart bytes = chart("Bytes that a node sends for one write of " + WRITE_BYTES + ", on average (seed " + seed + ")",
                "bytes");
        XYChart rounds = chart("Links that one write went over to the farthest node, median of " + WRITES + " (seed " + seed + ")",
                "links");
        Spread largest = good.get(good.size() - 1);
        line(times, "proportional to log n", good, spread -> largest.median() * spread.logarithm() / largest.logarithm());
        line(rounds, "log2 n", good, Spread::logarithm);
        Map<String, List<Spread>> networks = new LinkedHashMap<>();
        networks.put("good network", good);
        networks.put("10 % of packets lost", lossy);
        networks.put("10 % of messages vanish", vanishing);
        networks.put("20 % churn", churning);
        networks.forEach((name, spreads) -> {
            series(times, name, spreads, Spread::median);
            series(bytes, name, spreads, Spread::bytesPerNode);
            series(rounds, name, spreads, Spread::rounds);
        });
        BitmapEncoder.saveBitmap(times, directory.resolve("time.png").toString(), BitmapEncoder.BitmapFormat.PNG);
        BitmapEncoder.saveBitmap(rounds, directory.resolve("rounds.png").toString(), BitmapEncoder.BitmapFormat.PNG);
        BitmapEncoder.saveBitmap(bytes, directory.resolve("bytes.png").toString(), BitmapEncoder.BitmapFormat.PNG);
        catchUp(directory);
        harm();
        out.printf("%nPlots are in %s.%n", directory);
    }

    /** Measures what a write costs in a mesh of some size, and prints it. */
    Spread spread(String network, int size, Conditions conditions, double churn) {
        World world = World.ofAcquainted(seed, conditions).grow(size);
        world.run(30_000);
        long before = world.bytes();
        long idleTime = 10_000;
        world.run(idleTime);
        double idle = (double) (world.bytes() - before) / size / idleTime * 1000;
        long[] times = new long[WRITES];
        int[] rounds = new int[WRITES];
        long commitBytes = world.commitBytes();
        List<SimNode> gone = new ArrayList<>();
        for (int i = 0; i < WRITES; i++) {
            for (int leaving = 0; leaving < size * churn; leaving++) {
                SimNode node = world.anyUp();
                node.crash();
                gone.add(node);
            }
            SignedCommit commit = world.anyUp().write(i, WRITE_BYTES);
            world.network().relays().watch(commit);
            times[i] = converge(world, network, () -> world.everyoneHolds(commit));
            rounds[i] = world.network().relays().longest();
            world.run(churn > 0 ? 1_000 : 200);
            gone.forEach(world::restart);
            gone.clear();
        }
        converge(world, network, () -> world.states() == 1);
        Arrays.sort(times);
        Arrays.sort(rounds);
        double bytesPerNode = (double) (world.commitBytes() - commitBytes) / size / WRITES;
        Spread spread = new Spread(size, times[WRITES / 2], times[WRITES - 1], rounds[WRITES / 2], rounds[WRITES - 1], bytesPerNode,
                idle, world.states());
        out.printf("%-18s %7d %7.1f %7d %12d %10d %12d %12.0f %13.0f %7d%n", network, size, spread.logarithm(), spread.rounds(),
                spread.mostRounds(), spread.median(), spread.greatest(), spread.bytesPerNode(), spread.idle(), spread.states());
        return spread;
    }

    /** Runs until all are as they should be; returns the milliseconds that it took. If it takes too long the mesh has diverged. */
    private long converge(World world, String what, BooleanSupplier equal) {
        long time = world.runUntil(equal, PATIENCE);
        if (time < 0) {
            diverged.add(what + ", " + world.nodes().size() + " nodes, seed " + world.seed() + ": " + world.states() + " states "
                    + PATIENCE / 1000 + " s after the last write");
        }
        return time < 0 ? PATIENCE : time;
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
        World world = World.ofAcquainted(seed, Conditions.GOOD).grow(100);
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
        long time = converge(world, "absence", () -> world.states() == 1);
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
        int before = diverged.size();
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
            greatest = Math.max(greatest, converge(world, name, () -> world.states() == 1));
        }
        out.printf("%-18s %9d %12d%n", name, diverged.size() - before, greatest);
    }

    private static XYChart chart(String title, String axis) {
        XYChart chart = new XYChartBuilder().width(800).height(500).title(title).xAxisTitle("nodes").yAxisTitle(axis).build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0).setLegendPosition(Styler.LegendPosition.InsideNW);
        return chart;
    }

    /** What the measured is compared with: a dashed line. */
    private static void line(XYChart chart, String name, List<Spread> measured, Function<Spread, Number> of) {
        series(chart, name, measured, of).setMarker(SeriesMarkers.NONE).setLineStyle(SeriesLines.DASH_DASH)
                .setLineColor(Color.GRAY);
    }

    private static XYSeries series(XYChart chart, String name, List<Spread> spreads, Function<Spread, Number> of) {
        return chart.addSeries(name, spreads.stream().map(Spread::nodes).toList(), spreads.stream().map(of).toList());
    }
}
