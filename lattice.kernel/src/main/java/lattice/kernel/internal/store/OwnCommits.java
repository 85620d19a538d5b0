package lattice.kernel.internal.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import lattice.api.store.Author;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.replication.SignedCommit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node writes, on its way to those who send it on. While little is written, each commit is told at once. More than
 * one in a millisecond, on average, are told together, and share a signature, a message and at each receiver a check and an fsync.
 * While much is written more is gathered: who then waits five milliseconds longer would otherwise wait for processors.
 *
 * <p>What is small and may be told at once is told by the writer, as another thread would first have to wake; by the pace above
 * that is a thousand times a second at most, and less than a tenth of its time. All else is told by a thread of its own.
 */
final class OwnCommits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OwnCommits.class);

    /** On a machine that has more to do than it can, the thread wakes later than that and gathers more. */
    private static final long GATHERED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** So far may what is told be ahead of that pace, after so long a time of silence: writes come unevenly. */
    private static final long AHEAD_NANOS = 8 * GATHERED_NANOS;
    private static final long MUCH_GATHERED_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** A run that is longer shows that much is written. */
    private static final long MUCH_BYTES = 4096;
    /** How much may wait; who lacks what is left out finds that out from what is told next. */
    private static final long MAX_WAITING = 8L << 20;
    private static final int MAX_RUN = 256;
    private static final long MAX_RUN_BYTES = 384L << 10;
    private static final byte[] UNSIGNED = new byte[0];

    private record Own(Author author, long sequence, byte[] bytes, Hash hash) {
    }

    private final String store;
    private final Identity identity;
    private final List<Consumer<List<SignedCommit>>> listeners = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Own> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    /** Who holds it tells, and sets when it may be done next. */
    private final ReentrantLock telling = new ReentrantLock();
    private long due = System.nanoTime();
    private volatile Thread thread;
    private volatile boolean idle;
    private volatile boolean closed;

    OwnCommits(String store, Identity identity) {
        this.store = store;
        this.identity = identity;
    }

    AutoCloseable listen(Consumer<List<SignedCommit>> listener) {
        listeners.add(listener);
        synchronized (this) {
            if (thread == null && !closed) {
                thread = new Thread(this::run, "lattice-" + store + "-teller");
                thread.setDaemon(true);
                thread.start();
            }
        }
        return () -> listeners.remove(listener);
    }

    /** A commit of this node is durable. Called by the writer, in sequence. */
    void add(Author author, long sequence, byte[] bytes, Hash hash) {
        if (listeners.isEmpty()) {
            return;
        }
        if (waitingBytes.addAndGet(bytes.length) > MAX_WAITING) {
            waitingBytes.addAndGet(-bytes.length);
            return;
        }
        waiting.add(new Own(author, sequence, bytes, hash));
        if (idle && bytes.length <= MUCH_BYTES && telling.tryLock()) {
            try {
                tellIfDue();
            } finally {
                telling.unlock();
            }
        }
        if (!waiting.isEmpty()) {
            wake();
        }
    }

    private void wake() {
        if (idle) {
            idle = false;
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (!closed) {
            long left;
            telling.lock();
            try {
                tellIfDue();
                left = due - System.nanoTime();
            } finally {
                telling.unlock();
            }
            if (waiting.isEmpty()) {
                idle = true;
                if (waiting.isEmpty() && !closed) {
                    LockSupport.park(this);
                }
                idle = false;
            } else if (left > 0 && !closed) {
                LockSupport.parkNanos(this, left);
            }
        }
    }

    /** Tells one run of what waits, if it is time to. */
    private void tellIfDue() {
        if (System.nanoTime() - due < 0) {
            return;
        }
        List<SignedCommit> run = next();
        if (!run.isEmpty()) {
            tell(run);
            long now = System.nanoTime();
            due = bytes(run) > MUCH_BYTES ? now + MUCH_GATHERED_NANOS : Math.max(due, now - AHEAD_NANOS) + GATHERED_NANOS;
        }
    }

    /** Takes what waits, as far as it is one run, and signs its end. */
    private List<SignedCommit> next() {
        List<SignedCommit> run = new ArrayList<>();
        long bytes = 0;
        Hash end = null;
        for (Own own = waiting.peek(); own != null; own = waiting.peek()) {
            SignedCommit last = run.isEmpty() ? null : run.get(run.size() - 1);
            if (last != null && (run.size() == MAX_RUN || bytes + own.bytes.length > MAX_RUN_BYTES
                    || !last.author().equals(own.author) || last.sequence() + 1 != own.sequence)) {
                break;
            }
            waiting.poll();
            bytes += own.bytes.length;
            run.add(new SignedCommit(own.author, own.sequence, own.bytes, UNSIGNED));
            end = own.hash;
        }
        if (!run.isEmpty()) {
            waitingBytes.addAndGet(-bytes);
            SignedCommit last = run.remove(run.size() - 1);
            run.add(new SignedCommit(last.author(), last.sequence(), last.commit(), identity.sign(end)));
        }
        return run;
    }

    private static long bytes(List<SignedCommit> run) {
        return run.stream().mapToLong(commit -> commit.commit().length).sum();
    }

    private void tell(List<SignedCommit> run) {
        for (Consumer<List<SignedCommit>> listener : listeners) {
            try {
                listener.accept(run);
            } catch (RuntimeException | Error e) {
                LOG.warn("A listener for commits of store {} failed", store, e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
