package lattice.kernel.internal.store;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import lattice.kernel.internal.thread.Joins;

/**
 * Takes what a source gives on a thread of its own, ahead of who asks for it, so that the two work at the same time. It is
 * never far ahead, and what the source throws is thrown where it would have been. For one thread.
 */
final class Ahead<T> implements Iterator<T>, AutoCloseable {
    private static final int BATCHES = 8;
    private static final int BATCH_ITEMS = 512;
    private static final int BATCH_BYTES = 256 * 1024;
    private static final long LOOK_AGAIN_MILLIS = 50;

    private final Iterator<? extends T> source;
    private final ToIntFunction<T> weight;
    private final ArrayBlockingQueue<Batch<T>> ready = new ArrayBlockingQueue<>(BATCHES);
    private final Thread thread;
    private volatile boolean closed;
    private Batch<T> current = new Batch<>(List.of(), null, false);
    private int given;

    /** @param failure what came of asking for more; null if nothing bad */
    private record Batch<T>(List<T> items, Throwable failure, boolean last) {
    }

    /** @param weight about how many bytes one takes */
    Ahead(String name, Iterator<? extends T> source, ToIntFunction<T> weight) {
        this.source = source;
        this.weight = weight;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        Batch<T> batch;
        do {
            batch = nextBatch();
        } while (hand(batch) && !batch.last);
    }

    private Batch<T> nextBatch() {
        List<T> items = new ArrayList<>();
        try {
            for (long bytes = 0; items.size() < BATCH_ITEMS && bytes < BATCH_BYTES;) {
                if (!source.hasNext()) {
                    return new Batch<>(items, null, true);
                }
                T item = source.next();
                items.add(item);
                bytes += weight.applyAsInt(item);
            }
            return new Batch<>(items, null, false);
        } catch (RuntimeException | Error e) {
            return new Batch<>(items, e, true);
        }
    }

    /** @return false if nobody wants it any more */
    private boolean hand(Batch<T> batch) {
        while (!closed) {
            try {
                if (ready.offer(batch, LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS)) {
                    return true;
                }
            } catch (InterruptedException e) {
                // Nobody has a reason to interrupt this thread; an interrupt would close the files that it reads.
                continue;
            }
        }
        return false;
    }

    @Override
    public boolean hasNext() {
        while (given == current.items.size()) {
            if (current.failure instanceof Error error) {
                throw error;
            } else if (current.failure instanceof RuntimeException failure) {
                throw failure;
            } else if (current.last) {
                return false;
            }
            current = take();
            given = 0;
        }
        return true;
    }

    private Batch<T> take() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return ready.take();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return current.items.get(given++);
    }

    /** Returns when the source is not asked any more. */
    @Override
    public void close() {
        closed = true;
        Joins.join(thread);
    }
}
