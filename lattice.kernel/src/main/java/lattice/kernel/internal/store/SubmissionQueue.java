package lattice.kernel.internal.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits to be written: bounded in number and bytes, taken in groups, in order. While there is room nobody who adds
 * something waits for anybody else: of hundreds of threads on a few processors, one would often be put aside holding a lock.
 */
final class SubmissionQueue {
    static final int MAX_WAITING = 16 * 1024;
    static final long MAX_BYTES = 64L * 1024 * 1024;
    static final int GROUP_MUTATIONS = 1024;
    static final long GROUP_BYTES = 1024 * 1024;

    private static final int BYTES_BITS = 40;
    private static final long BYTES_MASK = (1L << BYTES_BITS) - 1;
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final ConcurrentLinkedQueue<Submission> waiting = new ConcurrentLinkedQueue<>();
    /** How many wait or are about to, and their bytes below that. */
    private final AtomicLong held = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    private final AtomicInteger blocked = new AtomicInteger();
    private final AtomicBoolean takerSleeps = new AtomicBoolean();
    private volatile Thread taker;
    private volatile boolean closed;

    /** What came of an offer. */
    enum Offered {
        TAKEN, FULL, CLOSED
    }

    /** Adds something, waiting for room for at most so long. An interrupt doesn't cut the wait short. */
    Offered offer(Submission submission, long timeout, TimeUnit unit) {
        if (closed) {
            return Offered.CLOSED;
        }
        return add(submission, reserve(submission, MAX_WAITING, MAX_BYTES) || awaitRoom(submission, unit.toNanos(timeout)));
    }

    private Offered add(Submission submission, boolean reserved) {
        if (!reserved) {
            return closed ? Offered.CLOSED : Offered.FULL;
        }
        waiting.add(submission);
        if (closed && waiting.remove(submission)) {
            release(submission.bytes(), 1);
            return Offered.CLOSED;
        }
        wakeTaker();
        return Offered.TAKEN;
    }

    /** Adds what must not stand back behind a flood of writes, of which there is little; there is as much room again for that. */
    Offered offerUrgent(Submission submission) {
        if (closed) {
            return Offered.CLOSED;
        }
        return add(submission, reserve(submission, 2 * MAX_WAITING, 2 * MAX_BYTES));
    }

    /** Takes room for a submission, if there is some; one alone may be of any size. */
    private boolean reserve(Submission submission, int mostWaiting, long mostBytes) {
        long size = submission.bytes() & BYTES_MASK;
        while (true) {
            long now = held.get();
            if (now != 0 && (now >>> BYTES_BITS >= mostWaiting || (now & BYTES_MASK) + size > mostBytes)) {
                return false;
            }
            if (held.compareAndSet(now, now + (1L << BYTES_BITS) + size)) {
                return true;
            }
        }
    }

    private void release(long bytes, long count) {
        held.addAndGet(-(count << BYTES_BITS) - bytes);
        if (blocked.get() > 0) {
            lock.lock();
            try {
                notFull.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private boolean awaitRoom(Submission submission, long patience) {
        long deadline = System.nanoTime() + patience;
        boolean interrupted = false;
        lock.lock();
        blocked.incrementAndGet();
        try {
            while (!closed) {
                if (reserve(submission, MAX_WAITING, MAX_BYTES)) {
                    return true;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    notFull.awaitNanos(Math.min(left, LOOK_AGAIN_NANOS));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return false;
        } finally {
            blocked.decrementAndGet();
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void wakeTaker() {
        if (takerSleeps.get() && takerSleeps.getAndSet(false)) {
            LockSupport.unpark(taker);
        }
    }

    /**
     * The next group, waiting for at most so long: empty if nothing came. For one thread.
     */
    List<Submission> take(long nanosToWait) {
        long deadline = System.nanoTime() + nanosToWait;
        taker = Thread.currentThread();
        while (waiting.isEmpty() && !closed) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            takerSleeps.set(true);
            if (waiting.isEmpty() && !closed) {
                LockSupport.parkNanos(this, left);
            }
            takerSleeps.set(false);
            if (Thread.interrupted()) {
                // Nobody has a reason to interrupt the writer; an interrupt must never reach its file.
                continue;
            }
        }
        List<Submission> group = new ArrayList<>();
        long groupBytes = 0;
        long mutations = 0;
        for (Submission next = waiting.peek(); next != null; next = waiting.peek()) {
            if (!group.isEmpty() && (groupBytes + next.bytes() > GROUP_BYTES
                    || mutations + next.mutations() > GROUP_MUTATIONS)) {
                break;
            }
            // After it was closed, who added something may have taken it out again.
            Submission taken = waiting.poll();
            if (taken == null) {
                break;
            }
            group.add(taken);
            groupBytes += taken.bytes();
            mutations += taken.mutations();
        }
        if (!group.isEmpty()) {
            release(groupBytes, group.size());
        }
        return group;
    }

    /** Everything that waits. */
    List<Submission> drain() {
        List<Submission> all = new ArrayList<>();
        for (Submission next = waiting.poll(); next != null; next = waiting.poll()) {
            all.add(next);
        }
        if (!all.isEmpty()) {
            release(all.stream().mapToLong(Submission::bytes).sum(), all.size());
        }
        return all;
    }

    /** Takes nothing more; what waits can still be taken. */
    void close() {
        closed = true;
        wakeTaker();
        lock.lock();
        try {
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }
}
