package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.LogPosition;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Version;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.Section;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Link;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.validity.Position;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.ConflictRule;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.KeyTable;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.internal.view.Update;
import lattice.kernel.replication.IngestResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes to a store: it takes all that waits, makes commits of it, appends them to the log, makes them
 * durable with one fsync, makes them visible, and answers. It is never interrupted.
 */
final class Writer {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    /** Commits of one node that are dated ahead: more of them than this are not even stored before their time. */
    static final int MAX_WAITING_OF_NODE = 1024;
    /** What is dated further ahead is not stored before: what waits keeps the log from being cut. */
    static final Duration MAX_WAIT = Duration.ofDays(1);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Told about each commit that has taken effect, in the order of revisions; must return at once. */
    interface Listener {
        /** @param bytes the commit, encoded; not to be modified */
        void published(Published published, Commit commit, byte[] bytes, Hash hash);

        /** Commits of nodes were judged again. */
        void judged(Published published);
    }

    private final String name;
    private final Hash store;
    private final StoreId storeId;
    private final Author self;
    private final HybridClock clock;
    private final Authority authority;
    private final CommitLog log;
    private final Memory memory;
    private final Projection projection;
    private final Supplier<Checkpoints.Settled> settled;
    private final Listener listener;
    private final SubmissionQueue queue = new SubmissionQueue();
    private final Thread thread;
    private final Answerer answerer;
    private final VoidWrites voidWrites;
    private final AtomicReference<Changing> changing = new AtomicReference<>();
    private volatile String problem;
    private boolean toldOfCopy;

    Writer(String name, Hash store, Author self, HybridClock clock, Authority authority, CommitLog log, Memory memory,
            Projection projection, Supplier<Checkpoints.Settled> settled, Listener listener) {
        this.name = name;
        this.store = store;
        this.storeId = new StoreId(store.hex());
        this.self = self;
        this.clock = clock;
        this.authority = authority;
        this.log = log;
        this.memory = memory;
        this.projection = projection;
        this.settled = settled;
        this.listener = listener;
        thread = new Thread(this::runToEnd, "lattice-" + name + "-writer");
        thread.setDaemon(true);
        answerer = new Answerer(name);
        voidWrites = new VoidWrites(name);
    }

    void start() {
        thread.start();
    }

    SubmissionQueue queue() {
        return queue;
    }

    /** Why a transaction of this node would not count, as things stand. */
    Optional<String> objection(TransactionSection transaction) {
        return authority.objection(position(self, Long.MAX_VALUE, Hash.NONE), transaction,
                authority.basis(memory.control()));
    }

    private Position position(Author author, long sequence, Hash hash) {
        return new Position(storeId, author, sequence, hash);
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
            Batch batch = null;
            try {
                awaitRoom();
                syncBasis();
                makeChange();
                batch = new Batch();
                releaseDue(batch);
                build(group, batch);
                log.append();
                if (!batch.built.isEmpty()) {
                    log.sync();
                }
                batch.publish();
                judgeAgain();
            } catch (IOException e) {
                breakOff("The log of store " + name + " could not be written: " + e.getMessage(), e, group);
            } catch (DamagedViewException e) {
                log.discard();
                group.forEach(submission -> submission.fail(new StoreException(StoreException.Code.UNAVAILABLE,
                        "Store " + name + " is being repaired; try again in a moment.", e)));
            } catch (RuntimeException | Error e) {
                // A fault of ours: those who wait must hear of it, and the log must not get half of it.
                LOG.error("Writing to store {} failed", name, e);
                breakOff("Writing to store " + name + " failed: " + e, e, group);
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
                } catch (IOException | RuntimeException e) {
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
        problem = what + ". Reads go on; writes will again when the disk takes them.";
        LOG.warn("{}", problem);
        log.discard();
        StoreException refused = new StoreException(StoreException.Code.UNAVAILABLE, problem, cause);
        group.forEach(submission -> submission.fail(refused));
    }

    private void tryToRecover() {
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
                (commit, position, transaction) -> isVoid(commit, position, transaction, memory.control()), storeId, settled);
        long next = memory.revision() + 1;
        try {
            if (memory.isNewlyCheckpointed()) {
                Set<NodeId> late = judgement.late(memory.control().checkpointsOf(storeId));
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
        Control basis = authority.basis(memory.control());
        if (basis != memory.control()) {
            memory.adopt(basis);
            judgeAgain();
        }
    }

    private boolean isVoid(Commit commit, Position position, TransactionSection transaction, Control control) {
        return tooLate(commit, control).isPresent() || authority.objection(position, transaction, control).isPresent();
    }

    private Optional<String> tooLate(Commit commit, Control control) {
        return control.checkpointsOf(storeId).missed(commit.author(), commit.sequence(), commit.time())
                .map(checkpoint -> "It came too late for checkpoint " + checkpoint.number() + ".");
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
                        batch.answers.add(() -> errand.answer().complete(null));
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

    /** A commit that is in the making. */
    private record Built(long revision, Stage stage, Commit commit, byte[] bytes, Hash hash, boolean own, Link[] links,
            List<Update> updates, Optional<Map<Hash, Operations.Done>> operations) {
    }

    /** What one fsync will make durable. Nothing of it counts before. */
    private final class Batch {
        private final List<Built> built = new ArrayList<>();
        private final List<Runnable> answers = new ArrayList<>();
        private final KeyTable updated = new KeyTable(16);
        private final Map<Author, Chains.Head> heads = new HashMap<>();
        private final Map<Hash, Operations.Done> operations = new HashMap<>();
        private final Map<NodeId, Integer> waitingNow = new HashMap<>();
        private long revision = memory.revision();
        private Control control = memory.control();

        private Chains.Head head(Author author) {
            Chains.Head head = heads.get(author);
            return head == null ? memory.chains().head(author) : head;
        }

        private Cell current(byte[] key, Projection.Hint hint) {
            Update update = updated.size() == 0 ? null : updated.get(key);
            return update == null ? projection.current(key, hint) : update.cell();
        }

        /** Makes one commit of transactions of this node. */
        void commitOwn(List<Submission.Local> locals) throws IOException {
            if (locals.isEmpty()) {
                return;
            }
            HybridTime time;
            try {
                time = clock.next();
            } catch (StoreException e) {
                locals.forEach(local -> local.fail(e));
                return;
            }
            long next = revision + 1;
            List<Section> sections = new ArrayList<>(locals.size());
            List<Link> links = new ArrayList<>();
            List<Update> updates = new ArrayList<>();
            Map<Hash, Operations.Done> done = new LinkedHashMap<>();
            for (Submission.Local local : locals) {
                Version first = new Version(time, self, links.size());
                if (isAnswered(local, time, done) || isRefused(local)) {
                    continue;
                }
                local.operation().ifPresent(id -> done.put(id, new Operations.Done(next, first)));
                List<Write> writes = new ArrayList<>(local.prepared().size());
                for (Submission.Prepared prepared : local.prepared()) {
                    Cell current = current(prepared.key(), prepared.hint());
                    byte[] value = prepared.delta() == null ? prepared.value() : counted(current, prepared.delta());
                    Version overwrote = current == null ? null : current.version();
                    writes.add(new Write(prepared.key(), value, overwrote));
                    merge(prepared.key(), current, new Version(time, self, links.size()), overwrote, value, next, links,
                            updates);
                }
                sections.add(new TransactionSection(local.service(), local.operationId(), local.command(), writes));
                Receipt receipt = new Receipt(new LogPosition(log.id(), next), first);
                answers.add(() -> local.answer().complete(receipt));
            }
            if (sections.isEmpty()) {
                return;
            }
            Chains.Head head = head(self);
            Commit commit = new Commit(store, self, head.sequence() + 1, time, head.hash(), sections);
            Link[] linked = links.toArray(Link[]::new);
            ByteWriter out = log.startRecord(next);
            LogRecord.startCommit(out, next, Stage.EFFECTIVE, linked, linked.length, null);
            int start = out.length();
            CommitCodec.encode(commit, out);
            byte[] bytes = Arrays.copyOfRange(out.buffer(), start, out.length());
            Hash hash = CommitCodec.hash(bytes);
            log.endRecord(next);
            control = memory.controlWith(control, commit, hash);
            operations.putAll(done);
            add(new Built(next, Stage.EFFECTIVE, commit, bytes, hash, true, linked, updates, Optional.of(done)));
        }

        /** Whether this node may no longer write what it could when the transaction was put in the queue. */
        private boolean isRefused(Submission.Local local) {
            if (control == local.judgedBy()) {
                return false;
            }
            List<Write> writes = local.prepared().stream().map(one -> new Write(one.key(), one.value(), null)).toList();
            Optional<String> objection = authority.objection(position(self, head(self).sequence() + 1, Hash.NONE),
                    new TransactionSection(local.service(), local.operationId(), local.command(), writes), control);
            objection.ifPresent(why -> answers.add(() -> local.fail(new StoreException(StoreException.Code.DENIED, why))));
            return objection.isPresent();
        }

        /** Whether a transaction needs no writing: it was written before, or what it builds on was not. */
        private boolean isAnswered(Submission.Local local, HybridTime time, Map<Hash, Operations.Done> sameCommit) {
            if (!local.stillWanted().getAsBoolean()) {
                local.fail(new StoreException(StoreException.Code.STATE_MACHINE_FAILED,
                        "A command before this one could not be written, so this one was not either; send it again."));
                return true;
            }
            if (local.operation().isEmpty()) {
                return false;
            }
            Hash id = local.operation().get();
            Operations.Done pending = sameCommit.getOrDefault(id, operations.get(id));
            Optional<Operations.Done> done = pending != null ? Optional.of(pending) : memory.operations().find(id, time);
            if (done.isEmpty()) {
                return false;
            }
            Receipt receipt = new Receipt(new LogPosition(log.id(), done.get().revision()), done.get().version());
            answers.add(() -> local.answer().complete(receipt));
            return true;
        }

        private void merge(byte[] key, Cell current, Version version, Version overwrote, byte[] value, long next,
                List<Link> links, List<Update> updates) {
            ConflictRule.Merged merged = ConflictRule.merge(current, version, overwrote, value, next);
            links.add(new Link(current == null ? 0 : current.touched(), merged.outcome()));
            update(key, merged.cell(), updates);
        }

        private void update(byte[] key, Cell cell, List<Update> updates) {
            Update update = new Update(key, cell);
            updates.add(update);
            updated.put(update);
        }

        /** Takes in commits of other nodes, as far as they follow on what is held. */
        void takeIn(Submission.Foreign foreign) throws IOException {
            int added = 0;
            for (Submission.Arrived arrived : foreign.commits()) {
                Commit commit = arrived.commit();
                Chains.Head head = head(commit.author());
                if (commit.sequence() < head.sequence()
                        || commit.sequence() == head.sequence() && arrived.hash().equals(head.hash())) {
                    continue;
                }
                if (commit.sequence() > head.sequence() + 1 && !commit.author().equals(self)) {
                    answers.add(() -> foreign.answer()
                            .complete(new IngestResult.Gap(commit.author(), head.sequence() + 1)));
                    return;
                }
                if (commit.sequence() == head.sequence() || !commit.previous().equals(head.hash())
                        || commit.author().equals(self)) {
                    if (commit.author().equals(self)) {
                        tellOfCopy();
                    }
                    long differs = Math.min(commit.sequence(), head.sequence() + 1);
                    answers.add(() -> foreign.answer().complete(new IngestResult.Parted(commit.author(), 0, differs)));
                    return;
                }
                if (commit.time().compareTo(head.time()) <= 0) {
                    String why = "It is not later than the commit before.";
                    answers.add(() -> foreign.answer()
                            .complete(new IngestResult.Rejected(commit.author(), commit.sequence(), why)));
                    return;
                }
                if (clock.hasCome(commit.time()) && !isAwaited(commit.author())) {
                    clock.observe(commit.time());
                    takeEffect(commit, arrived.bytes(), arrived.hash(), Stage.EFFECTIVE, arrived.signature(), arrived.hints());
                } else if (waitingOf(commit.author().node()) >= MAX_WAITING_OF_NODE
                        || clock.until(commit.time()).compareTo(MAX_WAIT) > 0) {
                    answers.add(() -> foreign.answer()
                            .complete(new IngestResult.Postponed(commit.author(), commit.sequence())));
                    return;
                } else {
                    wait(arrived);
                }
                added++;
            }
            IngestResult accepted = new IngestResult.Accepted(added);
            answers.add(() -> foreign.answer().complete(accepted));
        }

        private void tellOfCopy() {
            if (!toldOfCopy) {
                LOG.error("Somebody else signs commits to store {} with this node's key: its home was copied and runs twice. Stop "
                        + "the other copy for good, then restart this node.", name);
            }
            toldOfCopy = true;
        }

        private int waitingOf(NodeId node) {
            return memory.waitingOf(node) + waitingNow.getOrDefault(node, 0);
        }

        /** Whether an earlier commit of an author has yet to take effect; its later ones must then wait too. */
        private boolean isAwaited(Author author) {
            return memory.waitingOf(author.node()) > 0 && memory.waiting().values().stream().anyMatch(held -> held.author().equals(author)
                    && !clock.hasCome(held.time()));
        }

        /** Stores a commit whose time has not come. */
        private void wait(Submission.Arrived arrived) throws IOException {
            long next = revision + 1;
            ByteWriter out = log.startRecord(next);
            LogRecord.startCommit(out, next, Stage.WAITING, new Link[0], 0, arrived.signature());
            out.raw(arrived.bytes());
            log.endRecord(next);
            add(new Built(next, Stage.WAITING, arrived.commit(), arrived.bytes(), arrived.hash(), false, new Link[0], List.of(),
                    Optional.empty()));
            waitingNow.merge(arrived.commit().author().node(), 1, Integer::sum);
        }

        /** Stores a commit of another node and lets it take effect. */
        void takeEffect(Commit commit, byte[] bytes, Hash hash, Stage stage, byte[] signature, List<Projection.Hint> hints)
                throws IOException {
            long next = revision + 1;
            List<Link> links = new ArrayList<>();
            List<Update> updates = new ArrayList<>();
            control = memory.controlWith(control, commit, hash);
            Position position = position(commit.author(), commit.sequence(), hash);
            boolean needsNewerNode = commit.needsNewerNode();
            Optional<String> tooLate = tooLate(commit, control);
            for (TransactionSection transaction : commit.transactions()) {
                Optional<String> objection = tooLate.isPresent() ? tooLate : authority.objection(position, transaction, control);
                objection.ifPresent(why -> voidWrites.found(commit.author().node(), commit.sequence(), why));
                boolean isVoid = needsNewerNode || objection.isPresent();
                for (Write write : transaction.writes()) {
                    Cell current = current(write.key(), hints.isEmpty() ? null : hints.get(links.size()));
                    if (isVoid) {
                        links.add(new Link(current == null ? 0 : current.touched(), Outcome.VOID));
                        if (current != null) {
                            Cell touched = current.touchedBy(next, current.concurrent());
                            update(write.key(), touched, updates);
                        }
                    } else {
                        merge(write.key(), current, new Version(commit.time(), commit.author(), links.size()),
                                write.overwrote(), write.value(), next, links, updates);
                    }
                }
            }
            Link[] linked = links.toArray(Link[]::new);
            ByteWriter out = log.startRecord(next);
            LogRecord.startCommit(out, next, stage, linked, linked.length, signature);
            out.raw(bytes);
            log.endRecord(next);
            add(new Built(next, stage, commit, bytes, hash, commit.author().node().equals(self.node()), linked, updates,
                    Optional.empty()));
        }

        private void add(Built commit) {
            revision = commit.revision;
            built.add(commit);
            if (commit.stage != Stage.RELEASED) {
                heads.put(commit.commit.author(), new Chains.Head(commit.commit.sequence(), commit.hash,
                        commit.commit.time(), commit.revision));
            }
        }

        /** It is durable: makes it visible and answers. */
        void publish() {
            for (Built commit : built) {
                memory.add(commit.revision, commit.stage, commit.commit, commit.hash, commit.own, commit.operations);
                projection.publish(commit.updates, commit.revision);
                listener.published(new Published(commit.revision, commit.commit, commit.links), commit.commit,
                        commit.bytes, commit.hash);
            }
            answerer.answer(answers);
        }
    }

    /** A counter's register after an addition: a decimal number as text. */
    private static byte[] counted(Cell current, long delta) {
        long before = current == null || current.isDeletion() ? 0 : number(current.value());
        return Long.toString(before + delta).getBytes(StandardCharsets.US_ASCII);
    }

    /** What a counter's register holds; 0 if something else was put there. */
    static long number(byte[] register) {
        try {
            return Long.parseLong(new String(register, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            LOG.debug("A counter's register holds no number and counts as 0", e);
            return 0;
        }
    }

    /** Puts an errand in the queue. */
    CompletableFuture<Void> errand(Submission.Action action) {
        Submission.Errand errand = new Submission.Errand(action, new CompletableFuture<>());
        switch (queue.offer(errand, 0, TimeUnit.NANOSECONDS)) {
            case TAKEN -> { }
            case FULL -> errand.fail(new StoreException(StoreException.Code.BUSY, "Store " + name + " is busy."));
            case CLOSED -> errand.fail(new StoreException(StoreException.Code.CLOSED, "Store " + name + " is closed."));
        }
        return errand.answer();
    }
}
