package lattice.bench.restart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of its own that has a store: {@link Child}. */
final class ChildProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private ChildProcess(Process process) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * What a process says when its store is there.
     *
     * @param seconds from the start of its program until the store is as it should be
     * @param heapBytes what is in use after a full collection; 0 if that is not asked for
     */
    record Ready(double seconds, long heapBytes) {
    }

    /**
     * Starts one.
     *
     * @param heap the JVM's option that bounds its heap
     * @param action what it is to do, as {@link Child#main} knows it
     */
    static ChildProcess start(String heap, String action, String subject, Path folder, int keys) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(heap, "-cp", System.getProperty("java.class.path"), Child.class.getName(), action, subject,
                folder.toString(), Integer.toString(keys)));
        return new ChildProcess(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
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
