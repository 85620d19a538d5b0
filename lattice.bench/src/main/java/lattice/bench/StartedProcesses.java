package lattice.bench;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Peers, nodes and stores that run in processes of their own. None may outlive the bench, however that ends: each would go on
 * for as long as nobody notices, and be measured along with whatever is next.
 */
final class StartedProcesses {
    private static final int PATIENCE_SECONDS = 10;

    /** Asks them all to end, and ends those by force that don't in time. */
    void end() {
        List<ProcessHandle> started = ProcessHandle.current().descendants().toList();
        started.forEach(ProcessHandle::destroy);
        try {
            CompletableFuture.allOf(started.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            started.stream().filter(ProcessHandle::isAlive).forEach(process -> {
                System.err.println("Process " + process.pid() + " did not end in " + PATIENCE_SECONDS + " s and is killed.");
                process.destroyForcibly();
            });
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("Waiting for processes to end was cut short", e);
        }
    }
}
