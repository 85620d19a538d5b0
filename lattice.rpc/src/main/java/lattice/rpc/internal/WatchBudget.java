package lattice.rpc.internal;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of changes may wait for the readers of all watches together. */
final class WatchBudget {
    private final long bytes;
    private final AtomicLong used = new AtomicLong();

    WatchBudget(long bytes) {
        this.bytes = bytes;
    }

    /** @param regardless whether to take them even if there are no more, for a watch that holds nothing yet */
    boolean take(long wanted, boolean regardless) {
        long now = used.addAndGet(wanted);
        if (now > bytes && !regardless) {
            used.addAndGet(-wanted);
            return false;
        }
        return true;
    }

    void giveBack(long taken) {
        used.addAndGet(-taken);
    }

    long used() {
        return used.get();
    }
}
