package lattice.bench.mesh;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.client.NodeConnection;

/** How fast the third of three nodes gets what was written while it was held still. */
final class CatchUp {
    private static final int MISSED = 200_000;
    private static final int GIVEN_UP_SECONDS = 15;

    private final ThreeNodes nodes;

    CatchUp(ThreeNodes nodes) {
        this.nodes = nodes;
    }

    /** Written many at a time; the first time and the best. */
    void grouped(int absences, Report report) throws Exception {
        measure("grouped commits", ThreeNodes.UNANSWERED, absences, "100,000/s", report);
    }

    /** Written one by one, which takes minutes. */
    void single(Report report) throws Exception {
        measure("single-put commits", 1, 1, "", report);
    }

    private void measure(String what, int unanswered, int absences, String goal, Report report) throws Exception {
        CaughtUp first = catchUp("missed-" + unanswered + "-0", unanswered);
        CaughtUp best = first;
        for (int i = 1; i < absences; i++) {
            CaughtUp next = catchUp("missed-" + unanswered + "-" + i, unanswered);
            best = next.seconds < best.seconds ? next : best;
        }
        String measure = "catching up with 200,000 keys, " + what;
        report.add(new Row(MeshPart.LATTICE, measure, MISSED / best.seconds, "/s", goal));
        if (absences > 1) {
            report.add(Row.of(MeshPart.LATTICE, measure + ", the first time", MISSED / first.seconds, "/s"));
        }
        report.add(Row.of(MeshPart.LATTICE, measure + ", its processor for each", 1e6 * best.cpuSeconds / MISSED, "us"));
        report.add(Row.of(MeshPart.LATTICE, measure + ", that of all three", 1e6 * best.allCpuSeconds / MISSED, "us"));
    }

    /** How long a node took to catch up, and how long its processors were busy for it, and those of all nodes. */
    private record CaughtUp(double seconds, double cpuSeconds, double allCpuSeconds) {
    }

    /**
     * From when it has a link again until it has the last, which comes last: what one node writes is seen in its order. That all is
     * equal then is checked behind it: to hash a store again and again would slow down what is measured.
     */
    private CaughtUp catchUp(String group, int unanswered) throws Exception {
        NodeOfMesh away = nodes.node(2);
        nodes.awaitRest();
        away.hold();
        try (NodeConnection writer = nodes.node(0).connect()) {
            ThreeNodes.write(writer.store(), group, MISSED, unanswered);
        }
        // By then the others have given up on it, however fast that went, and made checkpoints of what was written.
        TimeUnit.SECONDS.sleep(GIVEN_UP_SECONDS);
        nodes.awaitRest();
        double busy = away.cpuSeconds();
        double allBusy = nodes.cpuSeconds();
        Instant letGo = Instant.now();
        away.letGo();
        // Those from before it takes for good until it has read what became of them.
        ThreeNodes.await("a node that was away has no link", () -> away.linkedSince(letGo).isPresent());
        Instant began = away.linkedSince(letGo).orElse(letGo);
        double seconds;
        try (NodeConnection late = away.connect()) {
            ThreeNodes.awaitLast(late.store(), group, MISSED);
            seconds = Duration.between(began, Instant.now()).toNanos() / 1e9;
        }
        busy = away.cpuSeconds() - busy;
        allBusy = nodes.cpuSeconds() - allBusy;
        String digest = nodes.node(0).digest();
        ThreeNodes.await("a node that was away is not equal to the others", () -> away.digest().equals(digest));
        return new CaughtUp(seconds, busy, allBusy);
    }
}
