package lattice.kernel.internal.thread;

/** Waits for threads that end by themselves. */
public final class Joins {
    private Joins() {
    }

    /** Returns when a thread has ended, or was never started; an interrupt is kept for later. */
    public static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
