package lattice.kernel.internal.store;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.StoreException;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.internal.view.Update;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes to a store: it takes all that waits, makes commits of it, appends them to the log, makes them
 * durable with one fsync, makes them visible, and answers. It is never interrupted.
 */
final class Writer {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Told about each commit that has taken effect, in the order of revisions; must return at once. */
    interface Listener {
        /**
         * A commit has taken effect.
         *
         * @param bytes the commit, encoded; not to be modified
         * @param alone whether no other became durable together with it
         */
        void published(Published published, Commit commit, byte[] bytes, Hash hash, boolean alone);

        /** Commits of nodes were judged again. */
        void judged(Published published);
    }

    private final String name;
    private final Author self;
    private final HybridClock clock;
    private final Rules rules;
    private final CommitLog log;
    private final Memory memory;
    private final Projection projection;
    private final Supplier<Checkpoints.Settled> settled;
    private final Listener listener;
    private final SubmissionQueue queue = new SubmissionQueue();
    private final Thread thread;
    private final Answerer answerer;
    private final Batch.Ground ground;
    private final AtomicReference<Changing> changing = new AtomicReference<>();
    private volatile String problem;
    /** What is on disk is not what is in memory, so nothing can be written before both are read anew. */
    private boolean lost;

    /** @param ground what it writes on, and by which rules */
    Writer(String name, Batch.Ground ground, Supplier<Checkpoints.Settled> settled, Listener listener) {
        this.name = name;
        this.ground = ground;
        this.self = ground.self();
        this.clock = ground.clock();
        this.rules = ground.rules();
        this.log = ground.log();
        this.memory = ground.memory();
        this.projection = ground.projection();
        this.settled = settled;
        this.listener = listener;
        thread = new Thread(this::runToEnd, "lattice-" + name + "-writer");
        thread.setDaemon(true);
        answerer = new Answerer(name);
    }

    void start() {
        thread.start();
    }

    SubmissionQueue queue() {
        return queue;
    }

    /** Why a transaction of this node would not count, as things stand. */
    Optional<String> objection(TransactionSection transaction) {
        return rules.objection(rules.position(self, Long.MAX_VALUE, Hash.NONE), transaction,
                rules.authority().basis(memory.control()));
    }

    /** Why nothing can be written now, if so. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    Author self() {
        return self;
    }

    /** Writes what waits and stops. @return whether it did in time */
    boolean close(long timeout, TimeUnit unit) {
        queue.close();
        boolean interrupted = false;
        long deadline = System.nanoTime() + unit.toNanos(timeout);
        while (thread.isAlive()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                break;
            }
            try {
                thread.join(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    private void runToEnd() {
        try {
            run();
        } finally {
            answerer.close();
        }
    }

    private void run() {
        while (true) {
            List<Submission> group = queue.take(problem == null ? untilNextRelease() : RETRY_NANOS);
            if (problem != null) {
                tryToRecover();
            }
            if (problem != null) {
                StoreException refused = unavailable();
                group.forEach(submission -> submission.fail(refused));
                queue.drain().forEach(submission -> submission.fail(refused));
                if (queue.isClosed()) {
                    return;
                }
                continue;
            }
            if (group.isEmpty() && queue.isClosed()) {
                return;
            }
            if (projection.isDamaged()) {
                runErrandsOnly(group);
                continue;
            }
            List<Submission> unanswered = group;
            boolean durable = false;
            try {
                awaitRoom();
                syncBasis();
                makeChange();
                Batch batch = new Batch(ground);
                releaseDue(batch);
                build(group, batch);
                log.append();
                if (!batch.isEmpty()) {
                    log.sync();
                }
                durable = !batch.isEmpty();
                batch.publish(listener, answerer);
                durable = false;
                unanswered = List.of();
                judgeAgain();
            } catch (IOException e) {
                breakOff("The log of store " + name + " could not be written: " + e.getMessage(), e, unanswered);
            } catch (DamagedViewException e) {
                log.discard();
                unanswered.forEach(submission -> submission.fail(new StoreException(StoreException.Code.UNAVAILABLE,
                        "Store " + name + " is being repaired; try again in a moment.", e)));
            } catch (RuntimeException | Error e) {
                // A fault of ours: those who wait must hear of it, and the log must not get half of it.
                LOG.error("Writing to store {} failed", name, e);
                lost |= durable;
                breakOff("Writing to store " + name + " failed: " + e, e, unanswered);
            }
        }
    }

    /** While there is no view nothing can be written; but the errand that brings a new one must be run. */
    private void runErrandsOnly(List<Submission> group) {
        for (Submission submission : group) {
            if (submission instanceof Submission.Errand errand) {
                try {
                    errand.action().run();
                    errand.answer().complete(null);
                } catch (IOException | RuntimeException | Error e) {
                    errand.answer().completeExceptionally(e);
                }
                log.discard();
            } else {
                submission.fail(new StoreException(StoreException.Code.UNAVAILABLE,
                        "The view of store " + name + " is damaged and is made anew; try again in a moment."));
            }
        }
    }

    private StoreException unavailable() {
        return new StoreException(StoreException.Code.UNAVAILABLE, problem);
    }

    private void breakOff(String what, Throwable cause, List<Submission> group) {
        problem = what + (lost ? ". Nothing that was acknowledged is lost, but nothing can be written before the node is started anew."
                : ". Reads go on; writes will again when the disk takes them.");
        LOG.warn("{}", problem);
        log.discard();
        StoreException refused = new StoreException(StoreException.Code.UNAVAILABLE, problem, cause);
        group.forEach(submission -> submission.fail(refused));
    }

    private void tryToRecover() {
        if (lost) {
            return;
        }
        try {
            log.recover(memory.revision() + 1);
            problem = null;
            LOG.info("Store {} takes writes again.", name);
        } catch (IOException e) {
            LOG.debug("Store {} still can't be written", name, e);
        }
    }

    /** Waits until the view has caught up enough; while it can't, submitters are refused when the queue is full. */
    private void awaitRoom() {
        while (!projection.awaitRoom(1, TimeUnit.SECONDS)) {
            if (projection.isDamaged()) {
                throw new DamagedViewException("The view of store " + name + " is damaged.", null);
            }
        }
    }

    private long untilNextRelease() {
        // Not Duration.toNanos: that fails above 292 years, and others' commits bear any time that they like.
        return memory.waiting().values().stream()
                .mapToLong(held -> TimeUnit.MILLISECONDS.toNanos(Math.max(1, clock.until(held.time()).toMillis())))
                .reduce(IDLE_NANOS, Math::min);
    }

    /** Lets commits take effect whose time has come. */
    private void releaseDue(Batch batch) throws IOException {
        for (Map.Entry<Long, Memory.Waiting> held : memory.waiting().entrySet()) {
            if (!clock.hasCome(held.getValue().time())) {
                continue;
            }
            long revision = held.getKey();
            try (LogReader reader = log.readFrom(revision)) {
                for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                    if (record.get() instanceof LogRecord.OfCommit found && found.revision() == revision) {
                        Commit commit = CommitCodec.decode(found.commit());
                        clock.observe(commit.time());
                        batch.takeEffect(commit, found.commit(), CommitCodec.hash(found.commit()), Stage.RELEASED, null, List.of());
                        break;
                    }
                }
            } catch (FormatException e) {
                LOG.warn("Revision {} of store {} can't be read to let it take effect: {}", revision, name,
                        e.getMessage());
            }
        }
    }

    /** Writes down and makes visible what is left of commits of nodes that may do other things now than was known. */
    private void judgeAgain() throws IOException {
        Judgement judgement = new Judgement(log, projection, memory.chains(),
                (commit, position, transaction) -> rules.isVoid(commit, position, transaction, memory.control()), rules.store(), settled);
        long next = memory.revision() + 1;
        try {
            if (memory.isNewlyCheckpointed()) {
                Set<NodeId> late = judgement.late(memory.control().checkpointsOf(rules.store()));
                memory.toJudgeAgain().addAll(late);
                if (late.contains(self.node())) {
                    LOG.warn("Some of what this node wrote to store {} reached the others too late for a checkpoint and counts "
                            + "nowhere: lattice:checkpoint shows what to write again.", name);
                }
            }
            if (memory.toJudgeAgain().isEmpty()) {
                return;
            }
            Set<NodeId> nodes = Set.copyOf(memory.toJudgeAgain());
            List<Update> updates = judgement.of(nodes, next);
            int changes = publish(updates, next);
            memory.addJudgement(next);
            LOG.info("In store {} what {} node(s) had written was judged again: {} key(s) changed.", name, nodes.size(), changes);
        } catch (FormatException e) {
            throw new IOException("a commit can't be judged again: " + e.getMessage(), e);
        }
    }

    /** Writes down and makes visible what is in force by another way than a commit. @return how many keys changed */
    private int publish(List<Update> updates, long next) throws IOException, FormatException {
        List<LogRecord.Judged> changes = new ArrayList<>();
        for (Update update : updates) {
            Cell before = projection.current(update.key(), null);
            changes.add(new LogRecord.Judged(update.key(), before == null ? 0 : before.touched(),
                    update.cell().encode(update.key())));
        }
        ByteWriter out = log.startRecord(next);
        LogRecord.writeJudgement(out, next, changes);
        log.endRecord(next);
        log.append();
        log.sync();
        memory.addRevision(next);
        projection.publish(updates, next);
        listener.judged(new Published(next, changes));
        return changes.size();
    }

    private record Changing(StateInstaller.Change change, CompletableFuture<Void> answer) {
    }

    /** Has a part of the state of a checkpoint put in force, between two groups of writes, and waits for it. */
    CompletableFuture<Void> change(StateInstaller.Change change) {
        Changing asked = new Changing(change, new CompletableFuture<>());
        changing.set(asked);
        errand(() -> { }).whenComplete((done, failure) -> {
            if (failure != null) {
                asked.answer.completeExceptionally(failure);
            }
        });
        return asked.answer;
    }

    private void makeChange() throws IOException {
        Changing asked = changing.getAndSet(null);
        if (asked == null) {
            return;
        }
        try {
            long next = memory.revision() + 1;
            List<Update> updates = asked.change.at(next);
            if (!updates.isEmpty()) {
                publish(updates, next);
            }
            asked.answer.complete(null);
        } catch (IOException | RuntimeException e) {
            asked.answer.completeExceptionally(e);
            throw e;
        } catch (FormatException e) {
            asked.answer.completeExceptionally(e);
            throw new IOException("the state of a checkpoint can't be put in force: " + e.getMessage(), e);
        }
    }

    /** Has what is held judged by what the root store's control commits say now, so that a batch is judged by that alone. */
    private void syncBasis() throws IOException {
        Control basis = rules.authority().basis(memory.control());
        if (basis != memory.control()) {
            memory.adopt(basis);
            judgeAgain();
        }
    }

    private void build(List<Submission> group, Batch batch) throws IOException {
        List<Submission.Local> together = new ArrayList<>();
        for (Submission submission : group) {
            if (submission instanceof Submission.Local local) {
                if (local.control()) {
                    batch.commitOwn(together);
                    batch.commitOwn(List.of(local));
                    together = new ArrayList<>();
                } else {
                    together.add(local);
                }
            } else {
                batch.commitOwn(together);
                together = new ArrayList<>();
                if (submission instanceof Submission.Foreign foreign) {
                    batch.takeIn(foreign);
                } else if (submission instanceof Submission.Errand errand) {
                    try {
                        errand.action().run();
                        batch.answer(() -> errand.answer().complete(null));
                    } catch (IOException e) {
                        errand.answer().completeExceptionally(e);
                        if (log.isBroken()) {
                            throw e;
                        }
                    }
                }
            }
        }
        batch.commitOwn(together);
    }

    /** Puts an errand in the queue. */
    CompletableFuture<Void> errand(Submission.Action action) {
        Submission.Errand errand = new Submission.Errand(action, new CompletableFuture<>());
        switch (queue.offerUrgent(errand)) {
            case TAKEN -> { }
            case FULL -> errand.fail(new StoreException(StoreException.Code.BUSY, "Store " + name + " is busy."));
            case CLOSED -> errand.fail(new StoreException(StoreException.Code.CLOSED, "Store " + name + " is closed."));
        }
        return errand.answer();
    }
}
