package lattice.kernel.internal.store;

import java.util.Map;
import java.util.TreeMap;
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

/**
 * What a store must know of its log to go on with it, apart from the state: how far each author has come, the operation ids
 * of the last day, the commits whose time has not come. It grows by one record of the log after another, and is written out
 * wherever the log need not be read from its start. Changed by the writer alone.
 */
final class Memory {
    private final Chains chains = new Chains();
    private final Operations operations = new Operations();
    private final TreeMap<Long, Waiting> waiting = new TreeMap<>();
    private HybridTime latest = HybridTime.ZERO;
    private long revision;

    /** A commit, at a revision, whose time has not come. */
    record Waiting(HybridTime time, Author author, long sequence) {
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
        return out.toBytes();
    }

    static Memory fromBytes(byte[] bytes) throws FormatException {
        ByteReader in = new ByteReader(bytes);
        Memory memory = new Memory();
        memory.revision = in.varint();
        memory.latest = Authors.readTime(in);
        memory.chains.read(in);
        memory.operations.read(in);
        int count = in.varint(in.remaining());
        for (int i = 0; i < count; i++) {
            memory.waiting.put(in.varint(), new Waiting(Authors.readTime(in), Authors.read(in), in.varint()));
        }
        in.expectEnd("a store's memory");
        return memory;
    }
}
