package lattice.bench.restart;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lattice.bench.measure.Heap;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;
import org.slf4j.LoggerFactory;

/**
 * A process of its own with a store in it, so that it can be killed, and so that a restart is that of a cold JVM. It says
 * one line when it is ready, and waits for a line (then it closes the store) or for its end.
 */
final class Child {
    static final String READY = "ready";
    private static final int WRITERS = 128;
    private static final int PUTS = 1000;

    private Child() {
    }

    /**
     * {@code fill SUBJECT FOLDER KEYS}: fills a store; {@code keep} does too, and says what is on the heap then; {@code open} opens
     * one, and says what is on the heap when it was used.
     */
    public static void main(String[] words) throws Exception {
        Subject.Opening opening = Subjects.all().stream().filter(each -> each.name().equals(words[1])).findFirst().orElseThrow();
        int keys = Integer.parseInt(words[3]);
        // A node has its log before it opens a store.
        LoggerFactory.getLogger(Child.class);
        long before = System.nanoTime();
        try (Subject subject = opening.open(Path.of(words[2])); Subject.Session session = subject.session()) {
            if (!words[0].equals("open")) {
                fill(subject, keys);
            } else if (session.get(Data.key(keys - 1)) == null) {
                throw new IllegalStateException(subject.name() + " lost a key that was put.");
            }
            long nanos = System.nanoTime() - before;
            long heap = 0;
            if (words[0].equals("open")) {
                use(session, keys);
            }
            if (!words[0].equals("fill")) {
                heap = Heap.inUse();
            }
            System.out.println(READY + " " + nanos + " " + heap);
            System.in.read();
        }
    }

    /** Some of everything, so that what a store in use keeps on the heap is there; and all keys are there too. */
    private static void use(Subject.Session session, int keys) throws Exception {
        for (int n = 0; n < keys; n++) {
            if (session.get(Data.key(n)) == null) {
                throw new IllegalStateException("Key " + n + " was put, and is lost.");
            }
        }
        for (int n = 0; n < PUTS; n++) {
            session.put(Data.key(n), Data.value());
        }
    }

    private static void fill(Subject subject, int keys) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                int first = writer;
                tasks.add(() -> {
                    try (Subject.Session session = subject.session()) {
                        for (long n = first; n < keys; n += WRITERS) {
                            session.put(Data.key(n), Data.value());
                        }
                    }
                    return null;
                });
            }
            for (Future<Void> task : executor.invokeAll(tasks)) {
                task.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }
}
