package lattice.daemon.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceConfig;
import lattice.daemon.internal.descriptor.Readiness;
import lattice.daemon.internal.descriptor.ResourceLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RunTest {
    @TempDir
    Path home;

    private final CountDownLatch starting = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    /** A command line that takes its time when it is to be run. */
    private final class Slow extends AbstractList<String> {
        private final List<String> line;

        Slow(List<String> line) {
            this.line = line;
        }

        @Override
        public String get(int index) {
            return line.get(index);
        }

        @Override
        public int size() {
            return line.size();
        }

        @Override
        public <T> T[] toArray(T[] into) {
            starting.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return line.toArray(into);
        }
    }

    /** Consent may be withdrawn in the moment in which it begins. */
    @Test
    void nothingIsLeftOfOneThatIsStoppedWhileItStarts() throws Exception {
        String asleep = String.valueOf(ThreadLocalRandom.current().nextInt(100_000_000, 1_000_000_000));
        Program program = new Program("/bin/sh", List.of(), Map.of(), List.of(), Optional.empty(), Optional.empty(),
                ResourceLimits.NONE, new Readiness.Call(), Optional.empty(), Duration.ofSeconds(1));
        CountDownLatch released = new CountDownLatch(1);
        Run run = new Run(program, new GrantedTestContext(new ServiceId("test.daemon"), new ServiceConfig(Map.of()), home),
                new ProcessTree(Mark.random()), new RunFile(home, "test"), released::countDown, how -> { });
        Thread owner = new Thread(() -> {
            try {
                run.start(new ProcessBuilder(new Slow(List.of("/bin/sh", "-c", "sleep " + asleep + " & sleep " + asleep))));
            } catch (Exception e) {
                // It was interrupted, as it is to be.
            }
        });
        owner.start();
        assertThat(starting.await(20, TimeUnit.SECONDS)).isTrue();
        owner.interrupt();
        // Until it has looked for processes, and found none.
        Thread.sleep(500);
        goOn.countDown();
        owner.join();
        assertThat(released.await(20, TimeUnit.SECONDS)).as("it is over").isTrue();
        assertThat(ProcessHandle.allProcesses().filter(
                process -> process.info().commandLine().orElse("").contains(asleep))).isEmpty();
    }
}
