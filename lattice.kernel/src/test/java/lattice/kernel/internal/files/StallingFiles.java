package lattice.kernel.internal.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets one thread wait before it reads snapshots, until it may go on. */
public final class StallingFiles extends ForwardingFiles {
    private static final long PATIENCE_SECONDS = 60;

    private final String thread;
    private volatile CountDownLatch stalled = new CountDownLatch(0);

    /** @param thread the name of the thread */
    public StallingFiles(String thread) {
        this.thread = thread;
    }

    public void stall() {
        stalled = new CountDownLatch(1);
    }

    public void goOn() {
        stalled.countDown();
    }

    @Override
    public OpenFile read(Path file) throws IOException {
        if (Thread.currentThread().getName().equals(thread) && file.toString().endsWith(".snap")) {
            try {
                if (!stalled.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("Nobody let it go on.");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        return super.read(file);
    }
}
