package lattice.bench.restart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;

/**
 * How long stores with ever more keys take to be there again, after they were killed right behind the last put and after they
 * were closed; what they take on disk; and of the heap.
 */
public final class Restarts implements Part {
    /** Enough for any of them, and the same for all, so that what they leave on the heap can be compared. */
    private static final String HEAP = "-Xmx512m";

    @Override
    public String name() {
        return "restart";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        for (Subject.Opening opening : Subjects.among(options.subjects())) {
            if (!opening.isInProcess()) {
                report.skip(opening.name() + " restart", "it is not in a process of ours");
                continue;
            }
            for (int keys : options.restartKeys()) {
                Path folder = Folders.temporary(options.folder(), opening.name());
                try {
                    new OfStore(opening.name(), folder, keys).measure(report);
                } finally {
                    Folders.delete(folder);
                }
            }
        }
    }

    private record OfStore(String subject, Path folder, int keys) {
        void measure(Report report) throws Exception {
            String many = String.format(", %,d keys", keys);
            boolean lattice = subject.equals(Subjects.LATTICE);
            try (Running filling = start("fill")) {
                filling.awaitReady();
                filling.kill();
            }
            Ready killed;
            try (Running opened = start("open")) {
                killed = opened.awaitReady();
            }
            long live = (long) keys * (Data.key(0).length() + Data.value().length);
            report.add(Row.of(subject, "bytes on disk per live byte" + many, (double) Folders.bytes(folder) / live, "times"));
            Ready clean;
            try (Running opened = start("open")) {
                clean = opened.awaitReady();
            }
            report.add(new Row(subject, "restart when closed" + many, clean.seconds, "s", lattice ? "goal: at most 1" : ""));
            report.add(new Row(subject, "restart when killed" + many, killed.seconds, "s", lattice ? "goal: at most 3" : ""));
            report.add(new Row(subject, "heap in use when restarted" + many, clean.heapBytes / (double) (1 << 20), "MiB",
                    lattice ? "goal: the same for any number of keys" : ""));
        }

        private Running start(String action) throws IOException {
            List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of(HEAP, "-cp", System.getProperty("java.class.path"), Child.class.getName(), action, subject,
                    folder.toString(), Integer.toString(keys)));
            return new Running(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
        }
    }

    /**
     * What a process says when its store is there.
     *
     * @param seconds from the start of its program until the first get
     * @param heapBytes what is in use after a full collection
     */
    private record Ready(double seconds, long heapBytes) {
    }

    private static final class Running implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;

        Running(Process process) {
            this.process = process;
            this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        Ready awaitReady() throws IOException {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(Child.READY)) {
                    String[] words = line.split(" ");
                    return new Ready(Long.parseLong(words[1]) / 1e9, Long.parseLong(words[2]));
                }
            }
            throw new IOException("The process with the store ended before it was ready.");
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        /** Closes the store and ends the process. */
        @Override
        public void close() throws IOException, InterruptedException {
            if (process.isAlive()) {
                process.getOutputStream().write('\n');
                process.getOutputStream().close();
            }
            process.waitFor();
        }
    }
}
