package lattice.kernel.internal.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Lets whoever opens certain files wait until they may go on. */
public final class StallingFiles extends ForwardingFiles {
    private static final long PATIENCE_SECONDS = 60;

    private final Predicate<Path> which;
    private final CountDownLatch reached = new CountDownLatch(1);
    private volatile CountDownLatch stalled = new CountDownLatch(0);

    /** @param which of which files; asked on the thread that opens them */
    public StallingFiles(Predicate<Path> which) {
        this.which = which;
    }

    public void stall() {
        stalled = new CountDownLatch(1);
    }

    public void goOn() {
        stalled.countDown();
    }

    /** Waits until somebody has to wait. @return false if nobody comes in time */
    public boolean awaitStalled() throws InterruptedException {
        return reached.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public OpenFile read(Path file) throws IOException {
        await(file);
        return super.read(file);
    }

    @Override
    public OpenFile create(Path file) throws IOException {
        await(file);
        return super.create(file);
    }

    private void await(Path file) throws IOException {
        if (!which.test(file) || stalled.getCount() == 0) {
            return;
        }
        reached.countDown();
        try {
            if (!stalled.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("Nobody let it go on.");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
