package lattice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import lattice.bench.measure.Disk;
import lattice.bench.measure.Micro;
import lattice.bench.measure.Overwriting;
import lattice.bench.measure.Puts;
import lattice.bench.measure.Reads;
import lattice.bench.measure.Watches;
import lattice.bench.node.NodeLife;
import lattice.bench.report.Machine;
import lattice.bench.report.Report;
import lattice.bench.restart.Restarts;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;

/** One run that prints every figure, with the machine and the disk that it was got on. */
public final class Bench {
    private final Options options;
    private final Report report;

    private Bench(Options options, Report report) {
        this.options = options;
        this.report = report;
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
        Files.createDirectories(options.folder());
        new Bench(options, new Report(System.out, Machine.here(options.folder()))).run();
    }

    private void run() throws Exception {
        report.heading("disk");
        disk("");
        for (Subject.Opening opening : Subjects.all()) {
            if (options.subjects().contains(opening.name())) {
                report.heading(opening.name());
                measure(opening);
            }
        }
        report.heading("node");
        node();
        report.heading("micro");
        new Micro(options.durations()).measure(report);
        report.heading("disk, again");
        disk(" after all");
        report.write(options.json());
    }

    private void node() throws Exception {
        Path homes = Files.createTempDirectory(options.folder().toAbsolutePath(), "node");
        try {
            new NodeLife(options.jar(), homes).measure(report);
        } finally {
            delete(homes);
        }
    }

    private void disk(String when) throws Exception {
        try (Disk disk = new Disk(options.folder())) {
            Disk.report(when, disk.measure(options.durations()), report);
        }
    }

    private void measure(Subject.Opening opening) throws Exception {
        // Each group of measurements has a store of its own, so that none depends on what another left behind.
        List<Measurement> measurements = new ArrayList<>(List.of(
                subject -> new Puts(options.threads(), options.durations(), options.folder()).measure(subject, report),
                subject -> new Reads(options.keys(), options.durations()).measure(subject, report),
                subject -> new Watches(options.watchers(), options.durations()).measure(subject, report)));
        if (options.overwriteSeconds() > 0) {
            measurements.add(subject ->
                    new Overwriting(options.overwriteSeconds(), options.folder()).measure(subject, report));
        }
        for (Measurement measurement : measurements) {
            Path folder = Files.createTempDirectory(options.folder().toAbsolutePath(), opening.name());
            try (Subject subject = opening.open(folder)) {
                measurement.measure(subject);
            } catch (Subject.UnavailableException e) {
                report.skip(opening.name(), e.getMessage());
                return;
            } finally {
                delete(folder);
            }
        }
        if (options.restartKeys() > 0 && opening.isInProcess()) {
            Path folder = Files.createTempDirectory(options.folder().toAbsolutePath(), opening.name());
            try {
                new Restarts(options.restartKeys()).measure(opening.name(), folder, report);
            } finally {
                delete(folder);
            }
        }
    }

    private interface Measurement {
        void measure(Subject subject) throws Exception;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
