package lattice.shell.internal.operator;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;

/**
 * A bounded way out with a thread of its own. A thread that is interrupted while it writes to a socket closes the socket, and
 * Ctrl-C interrupts the thread that writes; here it only loses what it was about to write.
 */
final class Outlet extends OutputStream {
    private static final int ROOM = 64 * 1024;
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final OutputStream out;
    private final byte[] waiting = new byte[ROOM];
    private int length;
    private boolean writing;
    private boolean closed;
    private IOException failure;

    Outlet(OutputStream out) {
        this.out = out;
        Thread thread = new Thread(this::pump, "lattice-operator-screen");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int count) throws IOException {
        int done = 0;
        while (done < count) {
            check();
            int part = Math.min(ROOM - length, count - done);
            System.arraycopy(bytes, offset + done, waiting, length, part);
            length += part;
            done += part;
            notifyAll();
            if (done < count) {
                await();
            }
        }
    }

    /** Waits until all is written, or the other end is gone or takes too long. */
    @Override
    public synchronized void close() throws IOException {
        long end = System.nanoTime() + DRAIN_NANOS;
        try {
            while ((length > 0 || writing) && failure == null && System.nanoTime() < end) {
                TimeUnit.NANOSECONDS.timedWait(this, end - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closed = true;
            notifyAll();
        }
    }

    private void check() throws IOException {
        if (failure != null) {
            throw new IOException("The connection has ended.", failure);
        }
        if (closed) {
            throw new IOException("The shell has ended.");
        }
    }

    private void await() throws InterruptedIOException {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    private void pump() {
        byte[] taken = new byte[ROOM];
        try {
            for (int count = take(taken); count > 0; count = take(taken)) {
                out.write(taken, 0, count);
            }
        } catch (IOException e) {
            fail(e);
        } catch (InterruptedException e) {
            fail(new IOException("The connection's thread was interrupted.", e));
        }
    }

    /** What waits, as soon as something does; 0 at the end. */
    private synchronized int take(byte[] taken) throws InterruptedException {
        writing = false;
        notifyAll();
        while (length == 0 && !closed) {
            wait();
        }
        int count = closed ? 0 : length;
        System.arraycopy(waiting, 0, taken, 0, count);
        length = 0;
        writing = count > 0;
        notifyAll();
        return count;
    }

    private synchronized void fail(IOException why) {
        failure = why;
        notifyAll();
    }
}
