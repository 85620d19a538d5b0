package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.replication.ChainHead;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.ReplicaLog;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;

/**
 * A store as replication sees it. What is held of an author always ends in a commit whose signature is held, or that this
 * node can sign: a run that arrives is taken in up to its last signature or not at all.
 */
public final class EngineReplica implements ReplicaLog {
    private static final byte[] UNSIGNED = new byte[0];
    /** Of a run that is signed throughout, so many signatures are checked and kept: places where it can be cut. */
    private static final int KEPT_SIGNATURE_EVERY = 64;

    private final Engine engine;
    private final EngineSettings settings;
    private final CommitLog log;
    private final Chains chains;
    private final Histories histories;
    private final OwnCommits own;
    private final Bookmarks bookmarks = new Bookmarks();

    EngineReplica(Engine engine, EngineSettings settings, CommitLog log, Chains chains, Histories histories) {
        this.engine = engine;
        this.settings = settings;
        this.log = log;
        this.chains = chains;
        this.histories = histories;
        this.own = new OwnCommits(settings.name(), settings.identity());
    }

    @Override
    public StoreId store() {
        return engine.id();
    }

    @Override
    public Set<NodeId> holders() {
        return engine.holders();
    }

    @Override
    public VersionVector held() {
        Map<Author, Long> upTo = new HashMap<>();
        histories.heads().forEach((author, head) -> upTo.put(author, head.sequence()));
        return new VersionVector(upTo);
    }

    @Override
    public Map<Author, ChainHead> heads() {
        Map<Author, ChainHead> held = new HashMap<>();
        histories.heads().forEach((author, head) -> held.put(author, new ChainHead(head.sequence(), head.hash().bytes())));
        return held;
    }

    @Override
    public Optional<ChainHead> head(Author author) {
        Chains.Head head = histories.head(author);
        return head.sequence() == 0 ? Optional.empty() : Optional.of(new ChainHead(head.sequence(), head.hash().bytes()));
    }

    @Override
    public byte[] hash(SignedCommit commit) {
        return CommitCodec.hash(commit.commit()).bytes();
    }

    @Override
    public Map<Author, Long> forked() {
        return histories.forks();
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
    public Optional<StateOffer> lackedState() {
        return engine.checkpoints().lacked();
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
        long bookmarked = Long.MAX_VALUE;
        for (Map.Entry<Author, Chains.Head> held : histories.heads().entrySet()) {
            long next = known.of(held.getKey()) + 1;
            if (held.getValue().sequence() >= next) {
                wanted.put(held.getKey(), next);
                long before = Math.max(1, chains.revisionBefore(held.getKey(), next));
                from = Math.min(from, before);
                bookmarked = Math.min(bookmarked, Math.max(before, bookmarks.of(held.getKey(), next)));
            }
        }
        if (wanted.isEmpty()) {
            return List.of();
        }
        List<SignedCommit> read = read(new HashMap<>(wanted), bookmarked, maxBytes);
        // What was lost and brought back lies behind what follows on it, and so may the bookmark.
        return read.isEmpty() && bookmarked > from ? read(wanted, from, maxBytes) : read;
    }

    private List<SignedCommit> read(Map<Author, Long> wanted, long from, int maxBytes) {
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
        private final List<Long> revisions = new ArrayList<>();
        private long bytes;

        Run(Map<Author, Long> wanted) {
            this.wanted = wanted;
        }

        void add(LogRecord.OfCommit record) throws FormatException {
            CommitCodec.Origin origin = CommitCodec.origin(record.commit());
            Author author = origin.author();
            if (!wanted.getOrDefault(author, -1L).equals(origin.sequence())) {
                return;
            }
            wanted.put(author, origin.sequence() + 1);
            byte[] signature = record.signature().orElse(UNSIGNED);
            commits.add(new SignedCommit(author, origin.sequence(), record.commit(), signature));
            revisions.add(record.revision());
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
            Map<Author, Integer> ends = new HashMap<>();
            for (int i = 0; i < commits.size(); i++) {
                SignedCommit commit = commits.get(i);
                if (i >= unsignedSince.getOrDefault(commit.author(), Integer.MAX_VALUE)) {
                    continue;
                }
                finished.add(last.get(commit.author()) == i ? signed(commit) : commit);
                ends.put(commit.author(), i);
            }
            ends.forEach((author, i) -> bookmarks.put(author, commits.get(i).sequence() + 1, revisions.get(i)));
            return finished;
        }
    }

    private boolean isOwn(Author author) {
        return author.node().equals(settings.identity().id());
    }

    /** The same with a signature, if it is this node's to sign: made again it is the same as before. */
    private SignedCommit signed(SignedCommit commit) {
        return commit.signature().length > 0 || !isOwn(commit.author()) ? commit : new SignedCommit(commit.author(),
                commit.sequence(), commit.commit(), settings.identity().sign(CommitCodec.hash(commit.commit())));
    }

    // In

    @Override
    public CompletionStage<IngestResult> ingest(List<SignedCommit> commits) {
        List<Submission.Arrived> sound = new ArrayList<>();
        IngestResult.Rejected unsound = null;
        for (SignedCommit commit : commits) {
            try {
                sound.add(check(commit));
            } catch (FormatException e) {
                unsound = new IngestResult.Rejected(commit.author(), commit.sequence(), e.getMessage());
                break;
            }
        }
        Checked checked = checkRuns(sound);
        IngestResult.Rejected rejected = checked.rejected == null ? unsound : checked.rejected;
        Sorted sorted = sort(checked.commits);
        IngestResult left = rejected == null ? sorted.left : rejected;
        Function<byte[], Projection.Hint> hints = engine.reader().hints();
        List<Submission.Arrived> fresh = sorted.commits.stream().map(arrived -> withHints(arrived, hints)).toList();
        if (fresh.isEmpty()) {
            return CompletableFuture.completedFuture(left == null ? new IngestResult.Accepted(0) : left);
        }
        int mutations = fresh.stream().mapToInt(arrived -> arrived.hints().size()).sum();
        long bytes = fresh.stream().mapToLong(arrived -> arrived.bytes().length * 3L + 500).sum();
        Submission.Foreign submission = new Submission.Foreign(fresh, mutations, bytes, new CompletableFuture<>());
        engine.enqueue(submission);
        return submission.answer()
                .thenApply(result -> result instanceof IngestResult.Accepted && left != null ? left : result);
    }

    /** Looks up ahead what the writer will ask the view for. */
    private static Submission.Arrived withHints(Submission.Arrived arrived, Function<byte[], Projection.Hint> hints) {
        List<Projection.Hint> found = new ArrayList<>();
        for (TransactionSection transaction : arrived.commit().transactions()) {
            for (Write write : transaction.writes()) {
                found.add(hints.apply(write.key()));
            }
        }
        return new Submission.Arrived(arrived.commit(), arrived.hash(), arrived.bytes(), arrived.signature(), found);
    }

    /** What is to be written, and what to answer of the rest. */
    private record Sorted(List<Submission.Arrived> commits, IngestResult left) {
    }

    /** Leaves off what is of another history of its author than what is held, and all from where its histories part. */
    private Sorted sort(List<Submission.Arrived> commits) {
        Map<Author, List<Submission.Arrived>> runs = new LinkedHashMap<>();
        commits.forEach(arrived -> runs.computeIfAbsent(arrived.commit().author(), key -> new ArrayList<>()).add(arrived));
        Map<Author, Long> forks = histories.forks();
        Map<Author, Long> upTo = new HashMap<>();
        IngestResult left = null;
        for (Map.Entry<Author, List<Submission.Arrived>> run : runs.entrySet()) {
            long first = run.getValue().get(0).commit().sequence();
            long last = run.getValue().get(run.getValue().size() - 1).commit().sequence();
            long from = forks.getOrDefault(run.getKey(), Long.MAX_VALUE);
            Optional<IngestResult> parted = first >= from || last - first + 1 != run.getValue().size() ? Optional.empty()
                    : histories.compare(run.getValue());
            if (parted.isPresent()) {
                upTo.put(run.getKey(), 0L);
                left = parted.get();
            } else if (last >= from) {
                upTo.put(run.getKey(), first >= from ? 0 : vouchedFor(run.getValue(), from - 1));
                left = new IngestResult.Forked(run.getKey(), from);
            }
        }
        return new Sorted(upTo.isEmpty() ? commits : commits.stream().filter(arrived -> arrived.commit().sequence()
                <= upTo.getOrDefault(arrived.commit().author(), Long.MAX_VALUE)).toList(), left);
    }

    /** The number of the commit that vouches for another: what is held ends in a signature, whether it counts or not. */
    private static long vouchedFor(List<Submission.Arrived> run, long sequence) {
        return run.stream().filter(arrived -> arrived.commit().sequence() >= sequence && arrived.signature() != null)
                .mapToLong(arrived -> arrived.commit().sequence()).findFirst().orElse(0);
    }

    private Submission.Arrived check(SignedCommit signed) throws FormatException {
        Commit commit = CommitCodec.decode(signed.commit());
        Hash hash = CommitCodec.hash(signed.commit());
        if (!commit.author().equals(signed.author()) || commit.sequence() != signed.sequence()) {
            throw new FormatException("It is of another author or number than it was sent as.");
        }
        boolean founding = commit.store().equals(Hash.NONE) && hash.equals(settings.id());
        if (!founding && !commit.store().equals(settings.id())) {
            throw new FormatException("It is of another store.");
        }
        return new Submission.Arrived(commit, hash, signed.commit(),
                signed.signature().length == 0 ? null : signed.signature(), List.of());
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
                    : new Submission.Arrived(arrived.commit(), arrived.hash(), arrived.bytes(), null, List.of()));
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
    public AutoCloseable onOwnCommits(Consumer<List<SignedCommit>> listener) {
        return own.listen(listener);
    }

    /** A commit of this node is durable. */
    void written(Commit commit, byte[] bytes, Hash hash) {
        own.add(commit.author(), commit.sequence(), bytes, hash);
    }

    void close() {
        own.close();
    }
}
