package lattice.kernel.internal.store;

import java.util.HashSet;
import java.util.Map;
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
    private final Set<NodeId> toJudgeAgain = new HashSet<>();
    private HybridTime latest = HybridTime.ZERO;
    private long revision;
    private volatile Control control = Control.EMPTY;

    /** @param root whether the store's control commits are about the nodes of a mesh */
    Memory(StoreId store, boolean root) {
        this.store = store;
        this.root = root;
    }

    /** A commit, at a revision, whose time has not come. */
    record Waiting(HybridTime time, Author author, long sequence) {
    }

    /** What the control commits say. Read by any thread. */
    Control control() {
        return control;
    }

    /** What it says with a commit that is not durable yet. */
    Control controlWith(Control before, Commit commit, Hash hash) {
        return root ? before.plus(store, commit, hash) : before;
    }

    /** The nodes of which commits are held and may do other things now than when these took effect. */
    Set<NodeId> toJudgeAgain() {
        return toJudgeAgain;
    }

    /** Takes in that commits were judged again, which has a revision of its own. */
    void addJudgement(long itsRevision) {
        revision = Math.max(revision, itsRevision);
        toJudgeAgain.clear();
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

    /** The latest time of an own commit. */
    HybridTime latest() {
        return latest;
    }

    long revision() {
        return revision;
    }

    /** Takes in a commit that is durable. */
    void add(long itsRevision, LogRecord.Stage stage, Commit commit, Hash hash, boolean own) {
        revision = Math.max(revision, itsRevision);
        boolean repeated = commit.sequence() <= chains.head(commit.author()).sequence();
        if (stage != LogRecord.Stage.WAITING && (!repeated || stage == LogRecord.Stage.RELEASED)) {
            learn(commit, hash);
        }
        if (stage == LogRecord.Stage.RELEASED) {
            waiting.values().removeIf(held -> held.author.equals(commit.author()) && held.sequence == commit.sequence());
            return;
        }
        chains.advance(commit, hash, itsRevision);
        if (stage == LogRecord.Stage.WAITING) {
            waiting.put(itsRevision, new Waiting(commit.time(), commit.author(), commit.sequence()));
        }
        if (own) {
            if (commit.time().compareTo(latest) > 0) {
                latest = commit.time();
            }
            int index = 0;
            for (TransactionSection transaction : commit.transactions()) {
                if (transaction.operationId().isPresent()) {
                    operations.add(Operations.id(transaction.service(), transaction.operationId().get()), itsRevision,
                            new Version(commit.time(), commit.author(), index));
                }
                index += transaction.writes().size();
            }
        }
    }

    private void learn(Commit commit, Hash hash) {
        Control before = control;
        control = controlWith(before, commit, hash);
        if (control != before) {
            Set<NodeId> changed = control.judgedOtherwiseThanBy(before);
            chains.heads().keySet().stream().map(Author::node).filter(changed::contains).forEach(toJudgeAgain::add);
        }
    }

    byte[] toBytes() {
        ByteWriter out = new ByteWriter(1024);
        out.varint(revision).u64(latest.bits());
        chains.write(out);
        operations.write(out);
        out.varint(waiting.size());
        for (Map.Entry<Long, Waiting> entry : waiting.entrySet()) {
            out.varint(entry.getKey()).u64(entry.getValue().time.bits());
            Authors.write(out, entry.getValue().author);
            out.varint(entry.getValue().sequence);
        }
        control.write(out);
        out.varint(toJudgeAgain.size());
        toJudgeAgain.forEach(node -> Authors.write(out, new Author(node, 0)));
        return out.toBytes();
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
            memory.waiting.put(in.varint(), new Waiting(Authors.readTime(in), Authors.read(in), in.varint()));
        }
        memory.control = Control.read(store, in);
        for (int i = in.varint(in.remaining()); i > 0; i--) {
            memory.toJudgeAgain.add(Authors.read(in).node());
        }
        in.expectEnd("a store's memory");
        return memory;
    }
}
