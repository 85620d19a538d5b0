package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.ForkProof;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.ReplicaLog;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store as replication sees it. What is held of an author always ends in a commit whose signature is held, or that this
 * node can sign: a run that arrives is taken in up to its last signature or not at all.
 */
public final class EngineReplica implements ReplicaLog {
    private static final Logger LOG = LoggerFactory.getLogger(EngineReplica.class);

    private static final byte[] UNSIGNED = new byte[0];
    /** Of a run that is signed throughout, so many signatures are checked and kept: places where it can be cut. */
    private static final int KEPT_SIGNATURE_EVERY = 64;
    private static final int TELL_AT_ONCE = 256;

    private final Engine engine;
    private final EngineSettings settings;
    private final CommitLog log;
    private final Chains chains;
    private final List<Consumer<SignedCommit>> listeners = new CopyOnWriteArrayList<>();
    private Thread feeder;
    private volatile boolean feeding;
    private volatile boolean closed;

    EngineReplica(Engine engine, EngineSettings settings, CommitLog log, Chains chains) {
        this.engine = engine;
        this.settings = settings;
        this.log = log;
        this.chains = chains;
    }

    @Override
    public StoreId store() {
        return engine.id();
    }

    @Override
    public boolean replicatedBy(NodeId node) {
        return engine.isReplicatedBy(node);
    }

    @Override
    public VersionVector held() {
        Map<Author, Long> upTo = new HashMap<>();
        chains.heads().forEach((author, head) -> upTo.put(author, head.sequence()));
        return new VersionVector(upTo);
    }

    @Override
    public Optional<byte[]> hash(Author author) {
        Chains.Head head = chains.head(author);
        return head.sequence() == 0 ? Optional.empty() : Optional.of(head.hash().bytes());
    }

    @Override
    public byte[] digest() {
        return engine.digest(Prefix.ALL).hash();
    }

    @Override
    public Optional<StateOffer> offer() {
        return engine.checkpoints().offer();
    }

    @Override
    public byte[] state(byte[] state, long offset, int maxBytes) {
        return engine.checkpoints().part(Hash.from(state, 0), offset, maxBytes);
    }

    @Override
    public StateProgress accept(StateOffer offer) {
        return engine.checkpoints().accept(offer);
    }

    @Override
    public StateProgress receive(byte[] state, long offset, byte[] part) {
        return engine.checkpoints().receive(Hash.from(state, 0), offset, part);
    }

    // Out

    @Override
    public List<SignedCommit> after(VersionVector known, int maxBytes) {
        Map<Author, Long> wanted = new HashMap<>();
        long from = Long.MAX_VALUE;
        for (Map.Entry<Author, Chains.Head> held : chains.heads().entrySet()) {
            long next = known.of(held.getKey()) + 1;
            if (held.getValue().sequence() >= next) {
                wanted.put(held.getKey(), next);
                from = Math.min(from, Math.max(1, chains.revisionBefore(held.getKey(), next)));
            }
        }
        if (wanted.isEmpty()) {
            return List.of();
        }
        Run run = new Run(wanted);
        try (LogReader reader = log.readFrom(from)) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit commit && commit.stage() != Stage.RELEASED) {
                    run.add(commit);
                    if (run.bytes >= maxBytes && run.endsSigned()) {
                        break;
                    }
                }
            }
        } catch (IOException | FormatException e) {
            throw new StoreException(StoreException.Code.CORRUPT,
                    "The commits of store " + engine.name() + " can't be read: " + e.getMessage(), e);
        }
        return run.finish();
    }

    /** Commits on their way out. */
    private final class Run {
        private final Map<Author, Long> wanted;
        private final List<SignedCommit> commits = new ArrayList<>();
        private final Map<Author, Integer> unsignedSince = new HashMap<>();
        private long bytes;

        Run(Map<Author, Long> wanted) {
            this.wanted = wanted;
        }

        void add(LogRecord.OfCommit record) throws FormatException {
            Commit commit = CommitCodec.decode(record.commit());
            Author author = commit.author();
            if (!wanted.getOrDefault(author, -1L).equals(commit.sequence())) {
                return;
            }
            wanted.put(author, commit.sequence() + 1);
            byte[] signature = record.signature().orElse(UNSIGNED);
            commits.add(new SignedCommit(author, commit.sequence(), record.commit(), signature));
            bytes += record.commit().length + signature.length;
            if (isOwn(author) || signature.length > 0) {
                unsignedSince.remove(author);
            } else {
                unsignedSince.putIfAbsent(author, commits.size() - 1);
            }
        }

        boolean endsSigned() {
            return unsignedSince.isEmpty();
        }

        /** Signs the last own commit of each epoch, and leaves off what can't be signed. */
        List<SignedCommit> finish() {
            Map<Author, Integer> last = new HashMap<>();
            for (int i = 0; i < commits.size(); i++) {
                last.put(commits.get(i).author(), i);
            }
            List<SignedCommit> finished = new ArrayList<>(commits.size());
            for (int i = 0; i < commits.size(); i++) {
                SignedCommit commit = commits.get(i);
                if (i >= unsignedSince.getOrDefault(commit.author(), Integer.MAX_VALUE)) {
                    continue;
                }
                finished.add(last.get(commit.author()) == i ? signed(commit) : commit);
            }
            return finished;
        }
    }

    private boolean isOwn(Author author) {
        return author.node().equals(settings.identity().id());
    }

    /** The same with a signature, if it is this node's to sign: made again it is the same as before. */
    private SignedCommit signed(SignedCommit commit) {
        return commit.signature().length > 0 || !isOwn(commit.author()) ? commit : new SignedCommit(commit.author(),
                commit.sequence(), commit.commit(), settings.identity().sign(Hash.of(commit.commit())));
    }

    // In

    @Override
    public IngestResult ingest(List<SignedCommit> commits) {
        List<Submission.Arrived> sound = new ArrayList<>();
        IngestResult.Rejected rejected = null;
        for (SignedCommit commit : commits) {
            try {
                sound.add(check(commit));
            } catch (FormatException e) {
                rejected = new IngestResult.Rejected(commit.author(), commit.sequence(), e.getMessage());
                break;
            }
        }
        Checked checked = checkRuns(sound);
        if (checked.rejected != null) {
            rejected = checked.rejected;
        }
        List<Submission.Arrived> fresh = checked.commits.stream().filter(arrived -> !isFork(arrived)).toList();
        if (!fresh.isEmpty()) {
            long bytes = fresh.stream().mapToLong(arrived -> arrived.bytes().length * 3L + 500).sum();
            Submission.Foreign submission = new Submission.Foreign(fresh, bytes, new CompletableFuture<>());
            engine.enqueue(submission);
            IngestResult result = engine.await(submission.answer());
            if (!(result instanceof IngestResult.Accepted)) {
                return result;
            }
            return rejected == null ? result : rejected;
        }
        return rejected == null ? new IngestResult.Accepted(0) : rejected;
    }

    /**
     * Whether a commit belongs to a second history of its author: it is known to, or it is found out by this very commit, of
     * whose number and past another one is held. Then there is a proof that others can check.
     */
    private boolean isFork(Submission.Arrived arrived) {
        Commit commit = arrived.commit();
        if (engine.control().forkedFrom(engine.id(), commit.author()).filter(from -> commit.sequence() >= from).isPresent()) {
            return true;
        }
        Chains.Head head = chains.head(commit.author());
        if (arrived.signature() == null || commit.sequence() != head.sequence() || arrived.hash().equals(head.hash())) {
            return false;
        }
        Map<Author, Long> butThisOne = new HashMap<>(held().upTo());
        butThisOne.put(commit.author(), commit.sequence() - 1);
        for (SignedCommit own : after(new VersionVector(butThisOne), 1)) {
            try {
                if (own.author().equals(commit.author()) && own.sequence() == commit.sequence() && own.signature().length > 0
                        && CommitCodec.decode(own.commit()).previous().equals(commit.previous())) {
                    engine.forked(new ForkProof(engine.id(), commit.author(), commit.sequence(),
                            new ForkProof.Run(List.of(own.commit()), own.signature()),
                            new ForkProof.Run(List.of(arrived.bytes()), arrived.signature())));
                    return true;
                }
            } catch (FormatException e) {
                throw new StoreException(StoreException.Code.CORRUPT,
                        "A commit of store " + engine.name() + " can't be read: " + e.getMessage(), e);
            }
        }
        return false;
    }

    private Submission.Arrived check(SignedCommit signed) throws FormatException {
        Commit commit = CommitCodec.decode(signed.commit());
        Hash hash = Hash.of(signed.commit());
        if (!commit.author().equals(signed.author()) || commit.sequence() != signed.sequence()) {
            throw new FormatException("It is of another author or number than it was sent as.");
        }
        boolean founding = commit.store().equals(Hash.NONE) && hash.equals(settings.id());
        if (!founding && !commit.store().equals(settings.id())) {
            throw new FormatException("It is of another store.");
        }
        return new Submission.Arrived(commit, hash, signed.commit(),
                signed.signature().length == 0 ? null : signed.signature());
    }

    private record Checked(List<Submission.Arrived> commits, IngestResult.Rejected rejected) {
    }

    /** Checks that each author's commits are a chain that ends in a signature; leaves off from the first that isn't. */
    private Checked checkRuns(List<Submission.Arrived> sound) {
        Map<NodeId, Integer> sinceChecked = new HashMap<>();
        Map<Author, Submission.Arrived> next = new HashMap<>();
        boolean[] vouched = new boolean[sound.size()];
        boolean[] keep = new boolean[sound.size()];
        IngestResult.Rejected rejected = null;
        // From the end: a commit is vouched for by its own signature, or by the one that follows and names its hash.
        for (int i = sound.size() - 1; i >= 0; i--) {
            Submission.Arrived arrived = sound.get(i);
            Commit commit = arrived.commit();
            Submission.Arrived following = next.get(commit.author());
            boolean chained = following != null && following.commit().sequence() == commit.sequence() + 1
                    && following.commit().previous().equals(arrived.hash())
                    && following.commit().time().compareTo(commit.time()) > 0;
            int since = sinceChecked.getOrDefault(commit.author().node(), 0);
            boolean signed = arrived.signature() != null && (!chained || since >= KEPT_SIGNATURE_EVERY);
            if (signed) {
                signed = Identity.verify(commit.author().node(), arrived.hash(), arrived.signature());
                keep[i] = signed;
                sinceChecked.put(commit.author().node(), 0);
            } else {
                sinceChecked.put(commit.author().node(), since + 1);
            }
            vouched[i] = signed || chained;
            if (vouched[i]) {
                next.put(commit.author(), arrived);
            } else {
                next.remove(commit.author());
                rejected = new IngestResult.Rejected(commit.author(), commit.sequence(),
                        arrived.signature() == null ? "It is not signed." : "Its signature is wrong.");
            }
        }
        List<Submission.Arrived> commits = new ArrayList<>();
        for (int i = 0; i < sound.size() && vouched[i]; i++) {
            Submission.Arrived arrived = sound.get(i);
            commits.add(keep[i] ? arrived
                    : new Submission.Arrived(arrived.commit(), arrived.hash(), arrived.bytes(), null));
        }
        if (commits.size() < sound.size()) {
            // What is left may end in commits that only those left off vouched for.
            dropUnsignedEnds(commits);
        }
        return new Checked(commits, rejected);
    }

    private static void dropUnsignedEnds(List<Submission.Arrived> commits) {
        Map<Author, Boolean> signedLater = new HashMap<>();
        for (int i = commits.size() - 1; i >= 0; i--) {
            Author author = commits.get(i).commit().author();
            if (commits.get(i).signature() != null) {
                signedLater.put(author, true);
            } else if (!signedLater.containsKey(author)) {
                commits.remove(i);
            }
        }
    }

    // Telling

    @Override
    public AutoCloseable onCommit(Consumer<SignedCommit> listener) {
        synchronized (this) {
            listeners.add(listener);
            if (feeder == null && !closed) {
                long revision = engine.revision();
                feeding = true;
                feeder = new Thread(() -> feed(revision), "lattice-" + engine.name() + "-feeder");
                feeder.setDaemon(true);
                feeder.start();
            }
        }
        return () -> listeners.remove(listener);
    }

    /** Something was published. */
    void wake() {
        if (feeding) {
            LockSupport.unpark(feeder);
        }
    }

    void close() {
        closed = true;
        wake();
    }

    private void feed(long from) {
        long told = from;
        LogReader reader = log.readFrom(from + 1);
        try {
            while (!closed) {
                List<SignedCommit> found = new ArrayList<>();
                long last = told;
                for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                    if (record.get() instanceof LogRecord.OfCommit of && of.revision() > told
                            && of.stage() != Stage.RELEASED) {
                        Commit commit = CommitCodec.decode(of.commit());
                        found.add(new SignedCommit(commit.author(), commit.sequence(), of.commit(),
                                of.signature().orElse(UNSIGNED)));
                        last = of.revision();
                        if (found.size() == TELL_AT_ONCE) {
                            break;
                        }
                    }
                }
                told = last;
                for (int i = 0; i < found.size(); i++) {
                    boolean runEnds = i == found.size() - 1 || !found.get(i + 1).author().equals(found.get(i).author());
                    tell(runEnds ? signed(found.get(i)) : found.get(i));
                }
                if (found.isEmpty()) {
                    LockSupport.parkNanos(this, TimeUnit.SECONDS.toNanos(1));
                }
            }
        } catch (IOException | FormatException e) {
            LOG.warn("Commits of store {} can't be read to send them; peers will ask for what they lack: {}", engine.name(),
                    e.getMessage());
        } finally {
            synchronized (this) {
                feeder = null;
                feeding = false;
            }
            try {
                reader.close();
            } catch (IOException e) {
                LOG.debug("Closing a reader of the log failed", e);
            }
        }
    }

    private void tell(SignedCommit commit) {
        for (Consumer<SignedCommit> listener : listeners) {
            try {
                listener.accept(commit);
            } catch (RuntimeException | Error e) {
                LOG.warn("A listener for commits of store {} failed", engine.name(), e);
            }
        }
    }
}
