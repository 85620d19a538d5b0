package lattice.kernel.internal.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What waits to be written: bounded in number and bytes, taken in groups, in order. */
final class SubmissionQueue {
    static final int MAX_WAITING = 16 * 1024;
    static final long MAX_BYTES = 64L * 1024 * 1024;
    static final int GROUP_MUTATIONS = 1024;
    static final long GROUP_BYTES = 1024 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final Condition notFull = lock.newCondition();
    private final ArrayDeque<Submission> waiting = new ArrayDeque<>();
    private long bytes;
    private int blocked;
    private boolean taking;
    private boolean closed;

    /** What came of an offer. */
    enum Offered {
        TAKEN, FULL, CLOSED
    }

    /** Adds something, waiting for room for at most so long. An interrupt doesn't cut the wait short. */
    Offered offer(Submission submission, long timeout, TimeUnit unit) {
        long nanos = unit.toNanos(timeout);
        boolean interrupted = false;
        lock.lock();
        try {
            while (!closed && !waiting.isEmpty()
                    && (waiting.size() >= MAX_WAITING || bytes + submission.bytes() > MAX_BYTES)) {
                if (nanos <= 0) {
                    return Offered.FULL;
                }
                blocked++;
                try {
                    nanos = notFull.awaitNanos(nanos);
                } catch (InterruptedException e) {
                    interrupted = true;
                } finally {
                    blocked--;
                }
            }
            if (closed) {
                return Offered.CLOSED;
            }
            waiting.add(submission);
            bytes += submission.bytes();
            if (taking) {
                notEmpty.signal();
            }
            return Offered.TAKEN;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * The next group, waiting for at most so long: empty if nothing came. For one thread.
     */
    List<Submission> take(long nanosToWait) {
        long nanos = nanosToWait;
        List<Submission> group = new ArrayList<>();
        lock.lock();
        try {
            taking = true;
            while (waiting.isEmpty() && !closed && nanos > 0) {
                try {
                    nanos = notEmpty.awaitNanos(nanos);
                } catch (InterruptedException e) {
                    // Nobody has a reason to interrupt the writer; an interrupt must never reach its file.
                    continue;
                }
            }
            taking = false;
            long groupBytes = 0;
            long mutations = 0;
            for (Submission next = waiting.peek(); next != null; next = waiting.peek()) {
                if (!group.isEmpty() && (groupBytes + next.bytes() > GROUP_BYTES
                        || mutations + next.mutations() > GROUP_MUTATIONS)) {
                    break;
                }
                group.add(waiting.poll());
                groupBytes += next.bytes();
                mutations += next.mutations();
            }
            bytes -= groupBytes;
            if (blocked > 0) {
                notFull.signalAll();
            }
            return group;
        } finally {
            lock.unlock();
        }
    }

    /** Everything that waits. */
    List<Submission> drain() {
        lock.lock();
        try {
            List<Submission> all = new ArrayList<>(waiting);
            waiting.clear();
            bytes = 0;
            notFull.signalAll();
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more; what waits can still be taken. */
    void close() {
        lock.lock();
        try {
            closed = true;
            notEmpty.signalAll();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }
}
