package lattice.mesh.internal.node;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.StoreException;
import lattice.kernel.replication.ChainHead;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.ReplicaLog;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;
import lattice.mesh.internal.link.Loop;
import lattice.mesh.internal.protocol.Head;
import lattice.mesh.internal.protocol.Replica;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store's log for the protocol: one thread checks and reads, the store's own writes, answers are given on the mesh's loop. */
final class LogReplica implements Replica, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogReplica.class);
    private static final int MAX_WAITING = 256;

    private final ReplicaLog log;
    private final Loop loop;
    private final ThreadPoolExecutor disk;

    LogReplica(ReplicaLog log, Loop loop) {
        this.log = log;
        this.loop = loop;
        this.disk = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
            Thread thread = new Thread(task, "lattice-mesh-disk-" + log.store().shortId());
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public StoreId store() {
        return log.store();
    }

    @Override
    public Collection<Head> heads() {
        List<Head> heads = new ArrayList<>();
        log.heads().forEach((author, head) -> heads.add(head(author, head)));
        return heads;
    }

    @Override
    public Head head(Author author) {
        return log.head(author).map(head -> head(author, head)).orElse(new Head(author, 0, 0));
    }

    private static Head head(Author author, ChainHead head) {
        return new Head(author, head.sequence(), ByteBuffer.wrap(head.hash()).getLong());
    }

    @Override
    public long hash(SignedCommit commit) {
        return ByteBuffer.wrap(log.hash(commit)).getLong();
    }

    @Override
    public Map<Author, Long> forked() {
        return log.forked();
    }

    @Override
    public void read(VersionVector known, int maxBytes, Consumer<List<SignedCommit>> then) {
        work(() -> {
            List<SignedCommit> read = log.after(known, maxBytes);
            loop.run(() -> then.accept(read));
        }, () -> then.accept(List.of()));
    }

    @Override
    public void ingest(List<SignedCommit> commits, Consumer<IngestResult> then) {
        SignedCommit first = commits.get(0);
        // What is answered if it can't be stored now: ask for it again.
        IngestResult later = new IngestResult.Gap(first.author(), first.sequence());
        work(() -> log.ingest(commits).whenComplete((result, failure) -> {
            if (failure == null) {
                loop.run(() -> then.accept(result));
            } else {
                notNow(failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure,
                        () -> then.accept(later));
            }
        }), () -> then.accept(later));
    }

    @Override
    public Set<NodeId> holders() {
        return log.holders();
    }

    @Override
    public void offer(Consumer<Optional<StateOffer>> then) {
        look(log::offer, then);
    }

    @Override
    public void lackedState(Consumer<Optional<StateOffer>> then) {
        look(log::lackedState, then);
    }

    private void look(Supplier<Optional<StateOffer>> read, Consumer<Optional<StateOffer>> then) {
        work(() -> {
            Optional<StateOffer> found = read.get();
            loop.run(() -> then.accept(found));
        }, () -> then.accept(Optional.empty()));
    }

    @Override
    public void state(byte[] state, long offset, int maxBytes, Consumer<byte[]> then) {
        work(() -> {
            byte[] part = log.state(state, offset, maxBytes);
            loop.run(() -> then.accept(part));
        }, () -> then.accept(new byte[0]));
    }

    @Override
    public void accept(StateOffer offer, Consumer<Optional<StateProgress>> then) {
        take(() -> log.accept(offer), then);
    }

    @Override
    public void receive(byte[] state, long offset, byte[] part, Consumer<Optional<StateProgress>> then) {
        take(() -> log.receive(state, offset, part), then);
    }

    private void take(Supplier<StateProgress> step, Consumer<Optional<StateProgress>> then) {
        // What could not be done now is begun again when it is offered again.
        Optional<StateProgress> notNow = Optional.of(new StateProgress(new byte[0], 0, 0));
        work(() -> {
            Optional<StateProgress> progress;
            try {
                progress = Optional.of(step.get());
            } catch (StoreException e) {
                LOG.warn("{}", e.getMessage());
                progress = e.code() == StoreException.Code.CORRUPT ? Optional.empty() : notNow;
            }
            Optional<StateProgress> found = progress;
            loop.run(() -> then.accept(found));
        }, () -> then.accept(notNow));
    }

    private void work(Runnable task, Runnable otherwise) {
        try {
            disk.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    notNow(e, otherwise);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Too much waits for the disk of store {}", store(), e);
            loop.after(1_000, otherwise);
        }
    }

    private void notNow(Throwable failure, Runnable otherwise) {
        LOG.warn("Store {} can't take part in the mesh for now: {}", store().shortId(), failure.getMessage());
        LOG.debug("Why", failure);
        loop.after(1_000, otherwise);
    }

    @Override
    public void close() {
        disk.shutdown();
        try {
            if (!disk.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("Store {} is still busy; the mesh does not wait for it any longer.", store().shortId());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
