package lattice.bench;

import java.nio.file.Files;
import lattice.bench.measure.Disk;
import lattice.bench.report.Machine;
import lattice.bench.report.Report;

/** One run that prints every figure, with the machine and the disk that it was got on. */
public final class Bench {
    private Bench() {
    }

    public static void main(String[] arguments) throws Exception {
        Options options;
        try {
            options = Options.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(Options.USAGE);
            System.exit(2);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(new StartedProcesses()::end, "lattice-bench-end"));
        Files.createDirectories(options.folder());
        Report report = new Report(System.out, Machine.here(options.folder()));
        disk(options, report, "");
        for (Part part : Parts.all()) {
            if (options.parts().contains(part.name())) {
                report.heading(part.name());
                part.measure(options, report);
            }
        }
        disk(options, report, ", after all");
        report.write(options.json());
    }

    private static void disk(Options options, Report report, String when) throws Exception {
        report.heading("disk" + when);
        try (Disk disk = new Disk(options.folder())) {
            Disk.report(when, disk.measure(options.durations()), report);
        }
    }
}
