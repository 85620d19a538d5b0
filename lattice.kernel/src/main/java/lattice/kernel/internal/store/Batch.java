package lattice.kernel.internal.store;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.LogPosition;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Version;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.Section;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Link;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.validity.Position;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.ConflictRule;
import lattice.kernel.internal.view.KeyTable;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.internal.view.Update;
import lattice.kernel.replication.IngestResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one fsync will make durable: commits of this node and of others. Nothing of it counts before. */
final class Batch {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    /** Commits of one node that are dated ahead: more of them than this are not even stored before their time. */
    static final int MAX_WAITING_OF_NODE = 1024;
    /** What is dated further ahead is not stored before: what waits keeps the log from being cut. */
    static final Duration MAX_WAIT = Duration.ofDays(1);

    /** What all batches of a store work on. */
    record Ground(Hash store, Author self, HybridClock clock, Rules rules, CommitLog log, Memory memory, Projection projection,
            OtherCopy otherCopy, VoidWrites voidWrites, EpochAllowance epochs) {
    }

    /** A commit that is in the making. */
    private record Built(long revision, Stage stage, Commit commit, byte[] bytes, Hash hash, boolean own, Link[] links,
            List<Update> updates, Optional<Map<Hash, Operations.Done>> operations) {
    }

    private final Hash store;
    private final Author self;
    private final HybridClock clock;
    private final Rules rules;
    private final CommitLog log;
    private final Memory memory;
    private final Projection projection;
    private final OtherCopy otherCopy;
    private final VoidWrites voidWrites;
    private final EpochAllowance epochs;

    private final List<Built> built = new ArrayList<>();
    private final List<Runnable> answers = new ArrayList<>();
    private final KeyTable updated = new KeyTable(16);
    private final Map<Author, Chains.Head> heads = new HashMap<>();
    private final Map<Hash, Operations.Done> operations = new HashMap<>();
    private final Map<NodeId, Integer> waitingNow = new HashMap<>();
    private long revision;
    private Control control;

    Batch(Ground ground) {
        store = ground.store;
        self = ground.self;
        clock = ground.clock;
        rules = ground.rules;
        log = ground.log;
        memory = ground.memory;
        projection = ground.projection;
        otherCopy = ground.otherCopy;
        voidWrites = ground.voidWrites;
        epochs = ground.epochs;
        revision = memory.revision();
        control = memory.control();
    }

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
                byte[] value = prepared.delta() == null ? prepared.value() : Counters.plus(current, prepared.delta());
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
        Optional<String> objection = rules.objection(rules.position(self, head(self).sequence() + 1, Hash.NONE),
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
            boolean early = !clock.hasCome(commit.time()) || isAwaited(commit.author());
            Optional<IngestResult> refusal = refusal(commit, head, early);
            if (refusal.isPresent()) {
                answers.add(() -> foreign.answer().complete(refusal.get()));
                return;
            }
            if (early) {
                wait(arrived);
            } else {
                clock.observe(commit.time());
                takeEffect(commit, arrived.bytes(), arrived.hash(), Stage.EFFECTIVE, arrived.signature(), arrived.hints());
            }
            added++;
        }
        IngestResult accepted = new IngestResult.Accepted(added);
        answers.add(() -> foreign.answer().complete(accepted));
    }

    /** Why a commit that is not held is not stored, or not yet, if it isn't. */
    private Optional<IngestResult> refusal(Commit commit, Chains.Head head, boolean early) {
        Author author = commit.author();
        if (author.equals(self)) {
            otherCopy.foundIn(commit);
        } else if (commit.sequence() > head.sequence() + 1) {
            return Optional.of(new IngestResult.Gap(author, head.sequence() + 1));
        }
        if (author.equals(self) || commit.sequence() == head.sequence() || !commit.previous().equals(head.hash())) {
            return Optional.of(new IngestResult.Parted(author, 0, Math.min(commit.sequence(), head.sequence() + 1)));
        }
        if (commit.time().compareTo(head.time()) <= 0) {
            return Optional.of(new IngestResult.Rejected(author, commit.sequence(), "It is not later than the commit before."));
        }
        return tooMuch(commit, early).map(why -> new IngestResult.Postponed(author, commit.sequence(), why));
    }

    /** Why a commit is not even stored for now, if it isn't. */
    private Optional<String> tooMuch(Commit commit, boolean early) {
        NodeId node = commit.author().node();
        if (early && (waitingOf(node) >= MAX_WAITING_OF_NODE || clock.until(commit.time()).compareTo(MAX_WAIT) > 0)) {
            return Optional.of("dates its commits ahead, and no more are taken in before their time has come: its clock is "
                    + "wrong, or it cheats");
        }
        if (!memory.hasRoomFor(control, commit)) {
            return Optional.of("is no administrator and says so much of other nodes that no more is taken in: it cheats");
        }
        if (commit.sequence() == 1 && !epochs.take(node, clock.now())) {
            return Optional.of("began more than " + EpochAllowance.AT_ONCE + " epochs, and only one more is taken in every "
                    + EpochAllowance.EACH.toMinutes() + " minutes: it loses its log all the time, or it cheats");
        }
        return Optional.empty();
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
        Position position = rules.position(commit.author(), commit.sequence(), hash);
        boolean needsNewerNode = commit.needsNewerNode();
        Optional<String> tooLate = rules.tooLate(commit, control);
        for (TransactionSection transaction : commit.transactions()) {
            Optional<String> objection = tooLate.isPresent() ? tooLate : rules.objection(position, transaction, control);
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

    /** Has something said when all this is durable and visible. */
    void answer(Runnable answer) {
        answers.add(answer);
    }

    boolean isEmpty() {
        return built.isEmpty();
    }

    /** It is durable: makes it visible and answers. */
    void publish(Writer.Listener listener, Answerer answerer) {
        for (Built commit : built) {
            memory.add(commit.revision, commit.stage, commit.commit, commit.hash, commit.own, commit.operations);
            projection.publish(commit.updates, commit.revision);
        }
        for (Built commit : built) {
            try {
                listener.published(new Published(commit.revision, commit.commit, commit.links), commit.commit, commit.bytes,
                        commit.hash, built.size() == 1);
            } catch (RuntimeException | Error e) {
                // It is written and in force, whatever those who are told make of it.
                LOG.error("What follows on revision {} failed", commit.revision, e);
            }
        }
        answerer.answer(answers);
    }
}
