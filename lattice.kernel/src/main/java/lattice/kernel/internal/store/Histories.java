package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import lattice.api.store.Author;
import lattice.api.store.StoreException;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.CheckpointChain;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.validity.ForkProof;
import lattice.kernel.internal.validity.Mark;
import lattice.kernel.replication.IngestResult;

/**
 * Finds out who made two histories: two commits of one number. Where they part, and from there on, nothing of the author is
 * held as far as other nodes are told, none of it is taken in, and none sent: so all nodes that know the proof hold the same of
 * it, whichever of the two they had.
 */
final class Histories {
    private final Engine engine;
    private final EngineSettings settings;
    private final CommitLog log;
    private final Chains chains;
    private final Consumer<ForkProof> found;
    /** Of who made two, the last commit before they part. */
    private final Map<Author, Chains.Head> common = new ConcurrentHashMap<>();

    Histories(Engine engine, EngineSettings settings, CommitLog log, Chains chains, Consumer<ForkProof> found) {
        this.engine = engine;
        this.settings = settings;
        this.log = log;
        this.chains = chains;
        this.found = found;
    }

    /** From which number on nothing counts of those who made two histories and are not settled beyond that. */
    Map<Author, Long> forks() {
        return engine.control().forks(engine.id());
    }

    /** The last commit of each author up to which what is held is its only history. */
    Map<Author, Chains.Head> heads() {
        Map<Author, Chains.Head> heads = chains.heads();
        Map<Author, Long> forks = forks();
        if (forks.isEmpty()) {
            return heads;
        }
        Map<Author, Chains.Head> before = new HashMap<>(heads);
        forks.forEach((author, from) -> before.computeIfPresent(author,
                (key, head) -> head.sequence() < from ? head : before(author, from)));
        return before;
    }

    Chains.Head head(Author author) {
        Chains.Head head = chains.head(author);
        Long from = forks().get(author);
        Chains.Head before = from == null || head.sequence() < from ? head : before(author, from);
        return before == null ? Chains.Head.NONE : before;
    }

    /** @return null if that was none, or can't be told any more */
    private Chains.Head before(Author author, long from) {
        Chains.Head known = common.get(author);
        if (known != null && known.sequence() == from - 1) {
            return known;
        }
        Mark settled = engine.control().checkpointsOf(engine.id()).marks().get(author);
        Optional<Hash> hash = settled != null && settled.sequence() == from - 1 ? Optional.of(settled.hash())
                : held(author, from, from).flatMap(run -> run.hash(from - 1));
        if (from == 1 || hash.isEmpty()) {
            return null;
        }
        Chains.Head head = new Chains.Head(from - 1, hash.get(), chains.head(author).time(), 0);
        common.put(author, head);
        return head;
    }

    /**
     * Compares commits that an author signed with what is held of it.
     *
     * @param run of one author, in sequence, vouched for; the last is signed
     * @return what to answer if they are of another history than what is held; empty if they are of the same, as far as can be
     *     seen before they are written
     */
    Optional<IngestResult> compare(List<Submission.Arrived> run) {
        Author author = run.get(0).commit().author();
        long first = run.get(0).commit().sequence();
        Chains.Head head = chains.head(author);
        if (head.sequence() == 0 || first > head.sequence() + 1) {
            return Optional.empty();
        }
        long both = Math.min(head.sequence(), run.get(run.size() - 1).commit().sequence());
        Hash theirs = both < first ? run.get(0).commit().previous() : run.get((int) (both - first)).hash();
        if (both == head.sequence() && theirs.equals(head.hash())) {
            return Optional.empty();
        }
        Optional<ForkProof.Run> held = held(author, Math.min(first, both), both);
        if (both < head.sequence() && held.flatMap(one -> one.hash(both)).filter(theirs::equals).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(parted(author, both, held, signed(run, both)));
    }

    private IngestResult parted(Author author, long both, Optional<ForkProof.Run> held, ForkProof.Run run) {
        long lowest = Math.max(1, run.first() - 1);
        long differs = both;
        for (long number = both; number >= lowest; number--) {
            Optional<Hash> ours = held.isEmpty() ? Optional.empty() : held.get().hash(number);
            if (ours.isEmpty()) {
                break;
            }
            if (ours.equals(run.hash(number))) {
                return proven(author, new ForkProof(engine.id(), author, number + 1, from(held.get(), number + 1),
                        from(run, number + 1)), true);
            }
            differs = number;
        }
        if (held.isEmpty() || held.get().hash(differs).isEmpty()) {
            // What the author signed of it is not kept here any more.
            return new IngestResult.Parted(author, 0, both);
        }
        long settled = engine.control().checkpointsOf(engine.id()).upTo(author);
        return proven(author, new ForkProof(engine.id(), author, differs, from(held.get(), differs), from(run, differs)),
                differs == 1 || differs <= settled + 1);
    }

    /** @param lowest whether there are not two commits of a lower number */
    private IngestResult proven(Author author, ForkProof proof, boolean lowest) {
        Optional<Long> known = engine.control().forkedFrom(engine.id(), author);
        if (known.isEmpty() || known.get() > proof.sequence()) {
            found.accept(proof);
        }
        Long from = forks().get(author);
        return from != null && (lowest || from < proof.sequence()) ? new IngestResult.Forked(author, from)
                : new IngestResult.Parted(author, 0, proof.sequence());
    }

    /** The part of a run that names a number and what follows. */
    private static ForkProof.Run from(ForkProof.Run run, long number) {
        return new ForkProof.Run(run.headers().subList((int) Math.max(0, number - run.first()), run.headers().size()),
                run.signature());
    }

    /** What arrived, up to the first signature at or behind a number. */
    private static ForkProof.Run signed(List<Submission.Arrived> run, long number) {
        List<CommitCodec.Header> headers = new ArrayList<>();
        for (Submission.Arrived arrived : run) {
            headers.add(header(arrived.bytes()));
            if (arrived.commit().sequence() >= number && arrived.signature() != null) {
                return new ForkProof.Run(headers, arrived.signature());
            }
        }
        throw new IllegalArgumentException("The last of the commits is not signed.");
    }

    private static CommitCodec.Header header(byte[] commit) {
        try {
            return CommitCodec.header(commit);
        } catch (FormatException e) {
            throw new StoreException(StoreException.Code.CORRUPT, "A commit can't be read: " + e.getMessage(), e);
        }
    }

    /**
     * What is held of an author, from a number, or the first after it that is still kept, up to the first signature at or behind
     * another; empty if that is not kept any more.
     */
    private Optional<ForkProof.Run> held(Author author, long from, long upTo) {
        List<CommitCodec.Header> headers = new ArrayList<>();
        try (LogReader reader = log.readFrom(Math.max(1, chains.revisionBefore(author, from)))) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                if (!(record.get() instanceof LogRecord.OfCommit of) || of.stage() == Stage.RELEASED) {
                    continue;
                }
                CommitCodec.Origin origin = CommitCodec.origin(of.commit());
                boolean next = headers.isEmpty() ? origin.sequence() >= from
                        : origin.sequence() == headers.get(headers.size() - 1).sequence() + 1;
                if (next && origin.author().equals(author)) {
                    headers.add(CommitCodec.header(of.commit()));
                    Optional<byte[]> signature = author.node().equals(settings.identity().id())
                            ? Optional.of(settings.identity().sign(CommitCodec.hash(of.commit()))) : of.signature();
                    if (origin.sequence() >= upTo && signature.isPresent()) {
                        return Optional.of(new ForkProof.Run(headers, signature.get()));
                    }
                }
            }
        } catch (IOException | FormatException e) {
            throw new StoreException(StoreException.Code.CORRUPT,
                    "The commits of store " + engine.name() + " can't be read: " + e.getMessage(), e);
        }
        return Optional.empty();
    }
}
