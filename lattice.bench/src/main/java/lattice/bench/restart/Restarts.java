package lattice.bench.restart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;

/** How long a store with many keys takes to be there again, after it was closed and after it was killed. */
public final class Restarts {
    private final int keys;

    public Restarts(int keys) {
        this.keys = keys;
    }

    /**
     * Measures one store.
     *
     * @param subject its name; one that runs in this process
     * @param folder an empty folder
     */
    public void measure(String subject, Path folder, Report report) throws Exception {
        String many = String.format("%,d keys", keys);
        boolean lattice = subject.equals("lattice");
        try (Running filling = start("fill", subject, folder)) {
            filling.awaitReady();
            filling.close();
        }
        long live = (long) keys * (Data.key(0).length() + Data.value().length);
        report.add(Row.of(subject, "bytes on disk per live byte, " + many, (double) size(folder) / live, "times"));
        double clean;
        try (Running opened = start("open", subject, folder)) {
            clean = opened.awaitReady();
            opened.kill();
        }
        double killed;
        try (Running opened = start("open", subject, folder)) {
            killed = opened.awaitReady();
        }
        report.add(new Row(subject, "restart with " + many + ", closed", clean, "s", lattice ? "goal: at most 1" : ""));
        report.add(new Row(subject, "restart with " + many + ", killed", killed, "s", lattice ? "goal: at most 3" : ""));
    }

    private Running start(String action, String subject, Path folder) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName(), action, subject,
                folder.toString(), Integer.toString(keys)));
        return new Running(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /** What the files take on the disk: a file with holes, as views are, takes less than it is long. */
    private static long size(Path folder) throws Exception {
        Process du = new ProcessBuilder("du", "-sk", folder.toString()).start();
        try (BufferedReader output = new BufferedReader(new InputStreamReader(du.getInputStream(), StandardCharsets.UTF_8))) {
            return Long.parseLong(output.readLine().split("\\s")[0]) * 1024;
        }
    }

    private static final class Running implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;

        Running(Process process) {
            this.process = process;
            this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        /** Seconds until the store was there. */
        double awaitReady() throws IOException {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(Child.READY)) {
                    return Long.parseLong(line.substring(Child.READY.length() + 1)) / 1e9;
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
