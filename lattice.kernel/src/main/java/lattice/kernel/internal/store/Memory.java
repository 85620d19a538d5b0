package lattice.kernel.internal.store;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.validity.Control;

/**
 * What a store must know of its log to go on with it, apart from the state: how far each author has come, the operation ids
 * of the last day, the commits whose time has not come. It grows by one record of the log after another, and is written out
 * wherever the log need not be read from its start. Changed by the writer alone.
 */
final class Memory {
    private final StoreId store;
    private final boolean root;
    private final Chains chains = new Chains();
    private final Operations operations = new Operations();
    private final TreeMap<Long, Waiting> waiting = new TreeMap<>();
    private final Map<NodeId, Integer> waitingOf = new HashMap<>();
    private final Set<NodeId> toJudgeAgain = new HashSet<>();
    private HybridTime latest = HybridTime.ZERO;
    private long revision;
    private volatile Control control = Control.EMPTY;
    private boolean checkpointed;

    /** @param root whether the store's control commits are about the nodes of a mesh */
    Memory(StoreId store, boolean root) {
        this.store = store;
        this.root = root;
    }

    /** A commit, at a revision, whose time has not come. */
    record Waiting(HybridTime time, Author author, long sequence) {
    }

    /** What the control commits say by which what is held was judged: those of the root store. Read by any thread. */
    Control control() {
        return control;
    }

    /** What it says with a commit that is not durable yet. */
    Control controlWith(Control before, Commit commit, Hash hash) {
        return root ? before.plus(store, commit, hash) : before;
    }

    /** Whether what a commit says about nodes may be kept. */
    boolean hasRoomFor(Control now, Commit commit) {
        return !root || now.hasRoomFor(commit);
    }

    /** The nodes of which commits are held and may do other things now than when these took effect. */
    Set<NodeId> toJudgeAgain() {
        return toJudgeAgain;
    }

    /** Takes in that something has a revision of its own that is no commit. */
    void addRevision(long itsRevision) {
        revision = Math.max(revision, itsRevision);
    }

    /** Takes in that commits were judged again. */
    void addJudgement(long itsRevision) {
        addRevision(itsRevision);
        toJudgeAgain.clear();
    }

    /** Takes in by what commits are judged from now on, when all that is held is judged by it at once. */
    void adoptForAll(Control now) {
        control = now;
        toJudgeAgain.clear();
        checkpointed = false;
    }

    Chains chains() {
        return chains;
    }

    Operations operations() {
        return operations;
    }

    /** Commits whose time has not come, by revision. */
    TreeMap<Long, Waiting> waiting() {
        return waiting;
    }

    /** How many of them are of a node, whatever its epoch. */
    int waitingOf(NodeId node) {
        return waitingOf.getOrDefault(node, 0);
    }

    private void await(long itsRevision, Waiting commit) {
        if (waiting.put(itsRevision, commit) == null) {
            waitingOf.merge(commit.author.node(), 1, Integer::sum);
        }
    }

    private void release(Author author, long sequence) {
        if (waiting.values().removeIf(held -> held.author.equals(author) && held.sequence == sequence)) {
            waitingOf.computeIfPresent(author.node(), (node, count) -> count == 1 ? null : count - 1);
        }
    }

    /** The latest time of an own commit. */
    HybridTime latest() {
        return latest;
    }

    long revision() {
        return revision;
    }

    /**
     * Takes in a commit that is durable.
     *
     * @param done its operations by their ids, if that is known; to make the ids anew costs a hash each
     */
    void add(long itsRevision, LogRecord.Stage stage, Commit commit, Hash hash, boolean own,
            Optional<Map<Hash, Operations.Done>> done) {
        revision = Math.max(revision, itsRevision);
        boolean repeated = commit.sequence() <= chains.head(commit.author()).sequence();
        if (stage != LogRecord.Stage.WAITING && (!repeated || stage == LogRecord.Stage.RELEASED)) {
            learn(commit, hash);
        }
        if (stage == LogRecord.Stage.RELEASED) {
            release(commit.author(), commit.sequence());
            return;
        }
        chains.advance(commit, hash, itsRevision);
        if (stage == LogRecord.Stage.WAITING) {
            await(itsRevision, new Waiting(commit.time(), commit.author(), commit.sequence()));
        }
        if (own) {
            if (commit.time().compareTo(latest) > 0) {
                latest = commit.time();
            }
            done.ifPresentOrElse(known -> known.forEach((id, one) -> operations.add(id, one.revision(), one.version())),
                    () -> addOperations(commit, itsRevision));
        }
    }

    private void addOperations(Commit commit, long itsRevision) {
        int index = 0;
        for (TransactionSection transaction : commit.transactions()) {
            if (transaction.operationId().isPresent()) {
                operations.add(Operations.id(transaction.service(), transaction.operationId().get()), itsRevision,
                        new Version(commit.time(), commit.author(), index));
            }
            index += transaction.writes().size();
        }
    }

    private void learn(Commit commit, Hash hash) {
        adopt(controlWith(control, commit, hash));
    }

    /** Takes in by what commits are judged from now on. */
    void adopt(Control now) {
        Control before = control;
        control = now;
        if (now != before) {
            Set<NodeId> changed = now.judgedOtherwiseThanBy(before, store);
            chains.heads().keySet().stream().map(Author::node).filter(changed::contains).forEach(toJudgeAgain::add);
            checkpointed |= !now.checkpointsOf(store).checkpoints().equals(before.checkpointsOf(store).checkpoints());
        }
    }

    /** Whether there are checkpoints for which commits that are held may have come too late; asked once. */
    boolean isNewlyCheckpointed() {
        boolean was = checkpointed;
        checkpointed = false;
        return was;
    }

    /** What it is now, encoded; by the writer. */
    byte[] toBytes() {
        return capture().toBytes();
    }

    /** What it is now, to be encoded by another thread, so that the writer is not held up; by the writer. */
    Captured capture() {
        ByteWriter head = new ByteWriter(1024);
        head.varint(revision).u64(latest.bits());
        chains.write(head);
        ByteWriter rest = new ByteWriter(1024);
        rest.varint(waiting.size());
        for (Map.Entry<Long, Waiting> entry : waiting.entrySet()) {
            rest.varint(entry.getKey()).u64(entry.getValue().time.bits());
            Authors.write(rest, entry.getValue().author);
            rest.varint(entry.getValue().sequence);
        }
        control.write(rest);
        rest.u8(checkpointed ? 1 : 0);
        rest.varint(toJudgeAgain.size());
        toJudgeAgain.forEach(node -> Authors.write(rest, new Author(node, 0)));
        return new Captured(head.toBytes(), operations.capture(), rest.toBytes());
    }

    /** What it was at some moment: all is encoded but the operations, which are the bulk. */
    record Captured(byte[] head, Operations.Captured operations, byte[] rest) {
        byte[] toBytes() {
            ByteWriter out = new ByteWriter(head.length + operations.aboutBytes() + rest.length);
            out.raw(head);
            operations.write(out);
            return out.raw(rest).toBytes();
        }
    }

    static Memory fromBytes(StoreId store, boolean root, byte[] bytes) throws FormatException {
        ByteReader in = new ByteReader(bytes);
        Memory memory = new Memory(store, root);
        memory.revision = in.varint();
        memory.latest = Authors.readTime(in);
        memory.chains.read(in);
        memory.operations.read(in);
        int count = in.varint(in.remaining());
        for (int i = 0; i < count; i++) {
            memory.await(in.varint(), new Waiting(Authors.readTime(in), Authors.read(in), in.varint()));
        }
        memory.control = Control.read(in);
        memory.checkpointed = in.u8() != 0;
        for (int i = in.varint(in.remaining()); i > 0; i--) {
            memory.toJudgeAgain.add(Authors.read(in).node());
        }
        in.expectEnd("a store's memory");
        return memory;
    }
}
