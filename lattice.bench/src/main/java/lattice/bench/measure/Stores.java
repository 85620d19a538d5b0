package lattice.bench.measure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lattice.bench.Options;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;

/** The stores that are to be measured, new and empty, each in a folder that goes with it. */
final class Stores implements AutoCloseable {
    private final List<Subject> subjects = new ArrayList<>();
    private final List<Path> folders = new ArrayList<>();

    private Stores() {
    }

    /** What is measured of a store. */
    interface Measurement {
        void measure(Subject subject) throws Exception;
    }

    /** Measures one store after another. */
    static void each(Options options, Report report, Measurement measurement) throws Exception {
        for (Subject.Opening opening : Subjects.among(options.subjects())) {
            try (Stores one = new Stores()) {
                one.open(opening, options, report);
                for (Subject subject : one.subjects) {
                    measurement.measure(subject);
                }
            }
        }
    }

    /** Opens all stores, so that they can take turns. */
    static Stores all(Options options, Report report) throws Exception {
        Stores stores = new Stores();
        try {
            for (Subject.Opening opening : Subjects.among(options.subjects())) {
                stores.open(opening, options, report);
            }
            return stores;
        } catch (Exception e) {
            stores.close();
            throw e;
        }
    }

    private void open(Subject.Opening opening, Options options, Report report) throws Exception {
        Path folder = Folders.temporary(options.folder(), opening.name());
        folders.add(folder);
        try {
            subjects.add(opening.open(folder));
        } catch (Subject.UnavailableException e) {
            report.skip(opening.name(), e.getMessage());
        }
    }

    List<Subject> subjects() {
        return subjects;
    }

    @Override
    public void close() throws Exception {
        for (Subject subject : subjects) {
            subject.close();
        }
        for (Path folder : folders) {
            Folders.delete(folder);
        }
    }
}
