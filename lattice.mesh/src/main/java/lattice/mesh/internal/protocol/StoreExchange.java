package lattice.mesh.internal.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;

/**
 * The commits of one store, coming in from links and going out to them. What arrives is verified and stored before it is
 * passed on. What is missing is asked for, from one peer at a time, and by its receiver only: so a slow node is never
 * sent more than it takes.
 */
final class StoreExchange {
    /** What the rest of the protocol does with a link. */
    interface Links {
        boolean isUp(PeerLink link);

        void misbehaved(PeerLink link, String what);
    }

    /** Commits of one author in sequence that wait to be stored. */
    private record Incoming(PeerLink from, List<SignedCommit> run) {
        SignedCommit last() {
            return run.get(run.size() - 1);
        }

        /** About what it takes in memory. */
        int bytes() {
            return run.stream().mapToInt(commit -> commit.commit().length + COMMIT_OVERHEAD).sum();
        }
    }

    private record Fetch(PeerLink from, long since) {
    }

    private static final int MAX_POSTPONED = 8192;
    private static final int COMMIT_OVERHEAD = 256;
    /** Its last commit goes over the size of a chunk, and small commits take in memory as much again: what has no room is lost. */
    private static final int ROOM_FOR_CHUNK = 3;
    static final long POSTPONED_MILLIS = 60_000;
    private static final int ASKED_AT_ONCE = 512;
    private static final int MAX_UNANSWERED = 4;
    private static final int FEW = 16;
    private static final int MANY = 256;
    private static final int TRANSFER_PATIENCE = 6;
    /** A part of a state has at least this part of the size of a chunk, but for the last. */
    private static final int LEAST_OF_CHUNK = 4;
    /** How often it is looked whether one was lost, and after what time another peer is asked for it. */
    static final long LACKED_STATE_EVERY_MILLIS = 5_000;
    static final long LACKED_STATE_AGAIN_MILLIS = 60_000;
    /** While one batch is written, the next can be checked. */
    private static final int INGESTED_AT_ONCE = 2;
    private static final HexFormat HEX = HexFormat.of();
    /** Up to this size what was missed is spread on like something new; more than that is announced. */
    private static final int SMALL_BYTES = 64 * 1024;

    private final Replica replica;
    private final Settings settings;
    private final Scheduler scheduler;
    private final Spreading spreading;
    private final Members members;
    private final Findings findings;
    private final Links links;

    private final Heads heads = new Heads();
    private final Map<Author, Long> expected = new HashMap<>();
    private final Map<Author, NavigableMap<Long, Incoming>> heldBack = new HashMap<>();
    private final Deque<Incoming> queue = new ArrayDeque<>();
    private final MissingCommits missing = new MissingCommits();
    /** Nodes of which nothing is taken in until then, in milliseconds of the scheduler. */
    private final Map<NodeId, Long> postponed = new HashMap<>();
    private final Map<Author, Fetch> fetches = new HashMap<>();
    /** From which number on nothing is taken in of who made two histories. */
    private final Map<Author, Long> forks = new HashMap<>();
    private final Partings partings;
    private final Map<PeerLink, Integer> unanswered = new HashMap<>();
    private final Set<PeerLink> serving = new HashSet<>();
    private final Map<Author, Incoming> unknown = new LinkedHashMap<>();
    /** Of what waits to be stored, and of what is being stored. */
    private final Shares queued;
    private final Shares unknownBytes;
    private final Shares heldBackBytes;
    /** Of what failed together, what is tried one by one. */
    private final Deque<Incoming> alone = new ArrayDeque<>();
    private int ingesting;
    private boolean looking;
    private Transfer transfer;
    private long lackedStateDue;

    StoreExchange(Replica replica, Settings settings, Scheduler scheduler, Spreading spreading, Members members,
            Findings findings, Links links) {
        this.replica = replica;
        this.settings = settings;
        this.scheduler = scheduler;
        this.spreading = spreading;
        this.members = members;
        this.findings = findings;
        this.links = links;
        this.queued = new Shares(settings.ingestBytes());
        this.unknownBytes = new Shares(settings.unknownBytes());
        this.heldBackBytes = new Shares(settings.ingestBytes() / 2);
        this.partings = new Partings(scheduler, this::askFrom);
        replica.heads().forEach(heads::advance);
        forks.putAll(replica.forked());
    }

    Heads heads() {
        return heads;
    }

    StoreId store() {
        return replica.store();
    }

    /** The nodes that hold the store; empty if all members do. */
    Set<NodeId> holders() {
        return replica.holders();
    }

    /** Whether a node is among those that hold the store. */
    boolean isFor(NodeId node) {
        return replica.isFor(node);
    }

    /** How many commits are known to be held by others and not here. */
    long behind() {
        return missing.sum((author, lacking) -> Math.max(0, lacking.upTo() - has(author)));
    }

    private long has(Author author) {
        return Math.max(heads.of(author), expected.getOrDefault(author, 0L));
    }

    // What is new

    /** Commits of this node, in sequence, are durable, and the last of them is signed. */
    void committed(List<SignedCommit> run) {
        Head head = head(run.get(run.size() - 1));
        if (heads.advance(head)) {
            spreading.push(store(), run, head, link -> isFor(link.peer()));
        }
    }

    private Head head(SignedCommit commit) {
        return new Head(commit.author(), commit.sequence(), replica.hash(commit));
    }

    void pushed(PeerLink from, List<SignedCommit> commits) {
        if (commits.isEmpty()) {
            return;
        }
        boolean useful = false;
        for (List<SignedCommit> run : runs(commits)) {
            useful |= take(new Incoming(from, run));
        }
        if (useful) {
            spreading.makeEager(from);
        } else {
            spreading.prune(from);
        }
        ingest();
    }

    void announced(PeerLink from, List<Head> announced) {
        for (Head head : announced) {
            lacks(from, head, true);
        }
    }

    /** The members changed: what waited for its author to be known may go on. */
    void membersChanged() {
        List<Incoming> waiting = List.copyOf(unknown.values());
        unknown.clear();
        unknownBytes.clear();
        waiting.forEach(this::take);
        replica.forked().forEach(this::forked);
        ingest();
    }

    private static List<List<SignedCommit>> runs(List<SignedCommit> commits) {
        List<List<SignedCommit>> runs = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= commits.size(); i++) {
            if (i == commits.size() || !commits.get(i).author().equals(commits.get(i - 1).author())
                    || commits.get(i).sequence() != commits.get(i - 1).sequence() + 1) {
                runs.add(commits.subList(start, i));
                start = i;
            }
        }
        return runs;
    }

    /** Takes a run in, and what waited for it; tells whether anything of it is new. */
    private boolean take(Incoming incoming) {
        boolean isNew = admit(incoming);
        takeHeldBack(incoming.last().author());
        return isNew;
    }

    /** Puts what is new of a run into the queue. */
    private boolean admit(Incoming incoming) {
        Author author = incoming.last().author();
        long has = has(author);
        Head mine = heads.head(author);
        if (incoming.run().get(0).sequence() >= forks.getOrDefault(author, Long.MAX_VALUE)) {
            return true;
        }
        if (mine != null && incoming.last().sequence() == mine.sequence() && mine.hash() != head(incoming.last()).hash()) {
            // Another commit of the same number. Who stores them finds out whether its author or its sender made it.
            compare(incoming, result -> judge(incoming, result));
            return false;
        }
        if (incoming.last().sequence() <= has) {
            return false;
        }
        if (!members.knows(author.node())) {
            hold(incoming);
            return true;
        }
        if (isPostponed(author.node())) {
            return true;
        }
        if (incoming.run().get(0).sequence() > has + 1) {
            holdBack(incoming);
            lacks(incoming.from(), head(incoming.last()), false);
            return true;
        }
        if (!queued.hasRoom(incoming.from(), author.node(), incoming.bytes())) {
            lacks(incoming.from(), head(incoming.last()), false);
            return true;
        }
        List<SignedCommit> fresh = incoming.run().stream().filter(commit -> commit.sequence() > has).toList();
        Incoming next = new Incoming(incoming.from(), fresh);
        queue.add(next);
        queued.add(next.from(), author.node(), next.bytes());
        expected.put(author, incoming.last().sequence());
        return true;
    }

    /** Looks what other commits than those that are held have in common with them; if there is no room now, not now. */
    private void compare(Incoming incoming, Consumer<IngestResult> then) {
        NodeId author = incoming.last().author().node();
        if (queued.hasRoom(incoming.from(), author, incoming.bytes())) {
            queued.add(incoming.from(), author, incoming.bytes());
            replica.ingest(incoming.run(), result -> {
                queued.remove(incoming.from(), author, incoming.bytes());
                then.accept(result);
            });
        }
    }

    /**
     * Keeps what came ahead of commits that are missing. Else all that is pushed while they are fetched would be missing next,
     * and whoever once fell behind a busy author would stay behind it.
     */
    private void holdBack(Incoming incoming) {
        Author author = incoming.last().author();
        if (heldBackBytes.hasRoom(incoming.from(), author.node(), incoming.bytes())
                && heldBack.computeIfAbsent(author, key -> new TreeMap<>())
                        .putIfAbsent(incoming.run().get(0).sequence(), incoming) == null) {
            heldBackBytes.add(incoming.from(), author.node(), incoming.bytes());
        }
    }

    private void takeHeldBack(Author author) {
        NavigableMap<Long, Incoming> runs = heldBack.get(author);
        while (runs != null && !runs.isEmpty() && runs.firstKey() <= has(author) + 1) {
            Incoming next = runs.pollFirstEntry().getValue();
            heldBackBytes.remove(next.from(), author.node(), next.bytes());
            admit(next);
        }
        if (runs != null && runs.isEmpty()) {
            heldBack.remove(author);
        }
    }

    private void dropHeldBack(Author author) {
        NavigableMap<Long, Incoming> runs = heldBack.remove(author);
        if (runs != null) {
            runs.values().forEach(run -> heldBackBytes.remove(run.from(), author.node(), run.bytes()));
        }
    }

    private void hold(Incoming incoming) {
        Author author = incoming.last().author();
        findings.unknownAuthor(store(), author.node(), incoming.from().peer());
        if (!unknown.containsKey(author) && unknownBytes.hasRoom(incoming.from(), author.node(), incoming.bytes())) {
            unknown.put(author, incoming);
            unknownBytes.add(incoming.from(), author.node(), incoming.bytes());
        }
    }

    // Storing

    private void ingest() {
        while (ingesting == 0 && !alone.isEmpty()) {
            ingest(List.of(alone.poll()));
        }
        while (alone.isEmpty() && ingesting < INGESTED_AT_ONCE && !queue.isEmpty()) {
            List<Incoming> batch = new ArrayList<>();
            int bytes = 0;
            while (!queue.isEmpty() && (batch.isEmpty() || bytes + queue.peek().bytes() <= settings.chunkBytes())) {
                Incoming next = queue.poll();
                batch.add(next);
                bytes += next.bytes();
            }
            ingest(batch);
        }
    }

    private void ingest(List<Incoming> batch) {
        ingesting++;
        replica.ingest(batch.stream().flatMap(incoming -> incoming.run().stream()).toList(), result -> {
            ingesting--;
            if (!(result instanceof IngestResult.Accepted) && batch.size() > 1) {
                // One of them is at fault; each alone tells which. Those already stored are passed over.
                alone.addAll(batch);
            } else {
                batch.forEach(each -> queued.remove(each.from(), each.last().author().node(), each.bytes()));
                if (result instanceof IngestResult.Accepted) {
                    batch.forEach(this::stored);
                } else {
                    refused(batch.get(0), result);
                }
            }
            ingest();
            look();
        });
    }

    private void stored(Incoming incoming) {
        Head head = head(incoming.last());
        settle(head);
        if (incoming.bytes() <= SMALL_BYTES) {
            spreading.push(store(), incoming.run(), head, others(incoming.from()));
        } else {
            spreading.announce(store(), head, others(incoming.from()));
        }
    }

    private Predicate<PeerLink> others(PeerLink from) {
        return link -> link != from && isFor(link.peer());
    }

    private void settle(Head head) {
        if (head.sequence() < forks.getOrDefault(head.author(), Long.MAX_VALUE)) {
            heads.advance(head);
        }
        Long awaited = expected.get(head.author());
        if (awaited != null && awaited <= head.sequence()) {
            expected.remove(head.author());
        }
    }

    private void refused(Incoming incoming, IngestResult result) {
        Author author = incoming.last().author();
        expected.remove(author);
        // What came before the one that is at fault is stored.
        Head held = replica.head(author);
        if (held.sequence() > 0) {
            settle(held);
        }
        if (result instanceof IngestResult.Postponed postponed) {
            postpone(author, postponed.reason());
        } else if (result instanceof IngestResult.Gap) {
            lacks(incoming.from(), head(incoming.last()), false);
        } else {
            judge(incoming, result);
        }
    }

    // Two histories of one author

    /** Commits are not what they claim to be, which is their sender's fault, or of a second history, which is their author's. */
    private void judge(Incoming incoming, IngestResult result) {
        Author author = incoming.last().author();
        if (result instanceof IngestResult.Rejected rejected) {
            links.misbehaved(incoming.from(), "sent commit " + author.node().shortId() + "#" + rejected.sequence()
                    + ", which is not what it claims to be: " + rejected.reason());
        } else if (result instanceof IngestResult.Forked fork) {
            findings.forked(store(), author.node(), fork.from());
            forked(author, fork.from());
        } else if (result instanceof IngestResult.Parted parted) {
            findings.forked(store(), author.node(), parted.differs());
            partings.search(incoming.from(), author, parted.same(), parted.differs());
        }
    }

    /** It is proven that there are two of an author's commits from a number on: it is as if none of them were held. */
    private void forked(Author author, long from) {
        Long known = forks.put(author, from);
        if (known == null || known != from) {
            heads.withdraw(replica.head(author));
            expected.remove(author);
            missing.remove(author);
            dropHeldBack(author);
            partings.end(author);
        }
    }

    /** Asks for nothing more of a node for now, or all that it wrote would be fetched again and again. */
    private void postpone(Author author, String why) {
        if (postponed.size() < MAX_POSTPONED) {
            postponed.put(author.node(), scheduler.now() + POSTPONED_MILLIS);
        }
        missing.remove(author);
        dropHeldBack(author);
        findings.postponed(store(), author.node(), why);
    }

    private boolean isPostponed(NodeId node) {
        Long until = postponed.get(node);
        if (until != null && until <= scheduler.now()) {
            postponed.remove(node);
            return false;
        }
        return until != null;
    }

    // What is missing

    /** A peer holds up to {@code head} of an author. */
    void lacks(PeerLink source, Head head, boolean graft) {
        Author author = head.author();
        Head mine = heads.head(author);
        if (mine != null && mine.sequence() == head.sequence() && mine.hash() != head.hash()) {
            // So the peer says; what it sends will show.
            partings.search(source, author, 0, head.sequence());
        }
        if (Math.min(head.sequence(), forks.getOrDefault(author, Long.MAX_VALUE) - 1) <= has(author)
                || !members.knows(author.node()) || isPostponed(author.node())) {
            return;
        }
        if (missing.add(source, author, head.sequence(), graft, scheduler.now() + settings.graftAfter())) {
            lookLater();
        }
    }

    private void lookLater() {
        if (!looking) {
            looking = true;
            scheduler.after(settings.graftAfter(), () -> {
                looking = false;
                look();
            });
        }
    }

    /** Asks one peer for an author's commits from a number on, though others of these numbers are held. */
    private boolean askFrom(PeerLink link, Author author, long number) {
        if (!links.isUp(link) || fetches.containsKey(author)) {
            return false;
        }
        fetches.put(author, new Fetch(link, scheduler.now()));
        link.send(new Message.Want(store(), List.of(new Message.From(author, number)), false));
        lookLater();
        return true;
    }

    /** Asks for what is missing and due, each author's commits from one peer at a time. */
    private void look() {
        long now = scheduler.now();
        giveUpWaiting(now);
        missing.removeIf((author, lacking) -> lacking.upTo() <= has(author));
        if (transfer != null) {
            if (transfer.awaited && now - transfer.since > TRANSFER_PATIENCE * settings.answerWithin()) {
                links.misbehaved(transfer.from, "was asked for a part of the state of a checkpoint and did not answer");
                transfer = null;
            }
            lookLater();
            return;
        }
        if (queued.total() > settings.ingestBytes() / 2) {
            return;
        }
        Set<PeerLink> busy = new HashSet<>();
        fetches.values().forEach(fetch -> busy.add(fetch.from()));
        Map<PeerLink, List<Message.From>> asked = new LinkedHashMap<>();
        Set<PeerLink> grafted = new HashSet<>();
        List<Author> hopeless = new ArrayList<>();
        missing.forEach((author, lacking) -> {
            lacking.sources().removeIf(link -> !links.isUp(link));
            if (lacking.sources().isEmpty()) {
                hopeless.add(author);
            } else if (lacking.due() <= now && !fetches.containsKey(author)) {
                lacking.sources().stream().filter(link -> !busy.contains(link)
                        && queued.hasRoom(link, author.node(), ROOM_FOR_CHUNK * settings.chunkBytes())
                        && asked.getOrDefault(link, List.of()).size() < ASKED_AT_ONCE).findFirst().ifPresent(link -> {
                            asked.computeIfAbsent(link, key -> new ArrayList<>())
                                    .add(new Message.From(author, has(author) + 1));
                            fetches.put(author, new Fetch(link, now));
                            if (lacking.graft()) {
                                grafted.add(link);
                            }
                        });
            }
        });
        hopeless.forEach(author -> {
            missing.remove(author);
            dropHeldBack(author);
        });
        asked.forEach((link, from) -> {
            boolean graft = grafted.contains(link);
            if (graft) {
                spreading.makeEager(link);
            }
            link.send(new Message.Want(store(), from, graft));
        });
        if (!missing.isEmpty()) {
            lookLater();
        }
    }

    /** Who does not answer is asked again only after the others; who never answers is no neighbour. */
    private void giveUpWaiting(long now) {
        Set<PeerLink> silent = new LinkedHashSet<>();
        fetches.entrySet().removeIf(each -> {
            PeerLink link = each.getValue().from();
            boolean late = now - each.getValue().since() > patience(each.getKey());
            if (late && links.isUp(link)) {
                silent.add(link);
                missing.of(each.getKey()).filter(lacking -> lacking.sources().size() > 1)
                        .ifPresent(lacking -> lacking.sources().remove(link));
            }
            return late || !links.isUp(link);
        });
        for (PeerLink link : silent) {
            if (unanswered.merge(link, 1, Integer::sum) >= MAX_UNANSWERED) {
                unanswered.remove(link);
                links.misbehaved(link, "announced commits and did not send them when asked, "
                        + MAX_UNANSWERED + " times in a row");
            }
        }
    }

    /** A few commits are soon sent; many may take a while over a slow line. */
    private long patience(Author author) {
        boolean few = missing.of(author).filter(lacking -> lacking.upTo() - has(author) <= FEW).isPresent();
        return few ? settings.answerWithin() / 5 : settings.answerWithin();
    }

    void received(PeerLink from, List<SignedCommit> commits, boolean more) {
        unanswered.remove(from);
        List<Author> answered = fetches.entrySet().stream().filter(each -> each.getValue().from() == from)
                .map(Map.Entry::getKey).toList();
        answered.forEach(fetches::remove);
        for (List<SignedCommit> run : runs(commits)) {
            Incoming incoming = new Incoming(from, run);
            if (partings.isAwaited(from, incoming.last().author())) {
                compare(incoming, result -> {
                    partings.compared(incoming.last().author(), incoming.last().sequence(), result);
                    judge(incoming, result);
                });
            } else {
                take(incoming);
            }
        }
        if (!more || commits.isEmpty()) {
            for (Author author : answered) {
                // It did not have what it had announced: the next one that announced it is asked.
                missing.of(author).filter(lacking -> lacking.upTo() > has(author))
                        .ifPresent(lacking -> lacking.sources().remove(from));
            }
        }
        ingest();
        look();
    }

    void wanted(PeerLink to, List<Message.From> wanted, boolean graft) {
        if (graft) {
            spreading.makeEager(to);
        }
        if (!serving.add(to)) {
            return;
        }
        Set<Author> asked = new HashSet<>();
        wanted.forEach(from -> asked.add(from.author()));
        replica.read(new VersionVector(heads.exceptFrom(wanted)), settings.chunkBytes(), commits -> {
            serving.remove(to);
            List<SignedCommit> sent = commits.stream().filter(commit -> asked.contains(commit.author())).toList();
            Map<Author, Long> upTo = new HashMap<>();
            wanted.forEach(from -> upTo.put(from.author(), from.sequence() - 1));
            sent.forEach(commit -> upTo.merge(commit.author(), commit.sequence(), Math::max));
            boolean more = upTo.entrySet().stream().anyMatch(each -> each.getValue() < heads.of(each.getKey()));
            if (!more || !sent.isEmpty()) {
                to.send(new Message.Chunk(store(), sent, more));
                return;
            }
            // It is held, but not kept any more.
            replica.offer(offer -> to.send(offer.<Message>map(state -> new Message.Offer(store(), state))
                    .orElse(new Message.Chunk(store(), sent, true))));
        });
    }

    // The states of checkpoints

    private static final class Transfer {
        private final PeerLink from;
        private StateProgress progress;
        private long since;
        private boolean awaited;

        Transfer(PeerLink from) {
            this.from = from;
        }
    }

    /** Asks a peer for the state of the last checkpoint, now and then one of them, if it was lost here. */
    private void fetchLackedState(PeerLink link) {
        if (transfer != null || scheduler.now() < lackedStateDue) {
            return;
        }
        lackedStateDue = scheduler.now() + LACKED_STATE_EVERY_MILLIS;
        replica.lackedState(lacked -> {
            if (lacked.isPresent() && links.isUp(link)) {
                lackedStateDue = scheduler.now() + LACKED_STATE_AGAIN_MILLIS;
                begin(link, lacked.get());
            }
        });
    }

    private void begin(PeerLink from, StateOffer offer) {
        if (transfer == null) {
            Transfer begun = new Transfer(from);
            transfer = begun;
            replica.accept(offer, progress -> goOn(begun, progress));
        }
    }

    /** A peer does not keep what it was asked for any more. */
    void offered(PeerLink from, StateOffer offer) {
        boolean asked = fetches.values().removeIf(fetch -> fetch.from() == from);
        unanswered.remove(from);
        if (asked) {
            begin(from, offer);
        }
    }

    void received(PeerLink from, Message.StatePart part) {
        if (transfer == null || transfer.from != from || !transfer.awaited) {
            return;
        }
        Transfer current = transfer;
        current.awaited = false;
        long rest = current.progress.bytes() - current.progress.have();
        if (part.bytes().length > 0 && part.bytes().length < Math.min(rest, settings.chunkBytes() / LEAST_OF_CHUNK)) {
            // Nothing else is fetched meanwhile, so it must not take for ever.
            transfer = null;
            links.misbehaved(from, "sends the state of a checkpoint in crumbs");
            return;
        }
        if (part.bytes().length == 0) {
            // It went on to the next checkpoint, which it will offer.
            transfer = null;
            look();
            return;
        }
        replica.receive(HEX.parseHex(part.state().hex()), part.offset(), part.bytes(), progress -> goOn(current, progress));
    }

    private void goOn(Transfer current, Optional<StateProgress> progress) {
        if (transfer != current) {
            return;
        }
        if (progress.isEmpty()) {
            transfer = null;
            links.misbehaved(current.from, "sent the state of a checkpoint that is not what was signed");
        } else if (progress.get().isComplete() || !links.isUp(current.from)) {
            transfer = null;
            replica.heads().forEach(this::settle);
            membersChanged();
        } else {
            current.progress = progress.get();
            current.awaited = true;
            current.since = scheduler.now();
            current.from.send(new Message.WantState(store(), new Message.StateId(HEX.formatHex(progress.get().state())),
                    progress.get().have()));
            lookLater();
            return;
        }
        look();
    }

    /** How far the state of a checkpoint has come that is on its way here, if one is. */
    Optional<StateProgress> arriving() {
        return Optional.ofNullable(transfer).map(current -> current.progress);
    }

    void wantedState(PeerLink to, Message.WantState want) {
        replica.state(HEX.parseHex(want.state().hex()), want.offset(), settings.chunkBytes(),
                part -> to.send(new Message.StatePart(store(), want.state(), want.offset(), part)));
    }

    void neighbourDown(PeerLink link) {
        if (transfer != null && transfer.from == link && transfer.awaited) {
            transfer = null;
        }
        serving.remove(link);
        unanswered.remove(link);
        if (fetches.values().removeIf(fetch -> fetch.from() == link)) {
            look();
        }
    }

    // Comparing

    /** Answers a summary that differs: with the version vector, or first with the sums of its buckets if it is long. */
    void compare(PeerLink link, Sum theirs) {
        fetchLackedState(link);
        if (theirs.equals(heads.total())) {
            return;
        }
        if (heads.authors() <= Heads.SMALL) {
            link.send(new Message.Vector(store(), -1, heads.in(-1), true));
        } else {
            link.send(new Message.Buckets(store(), heads.buckets()));
        }
    }

    void compare(PeerLink link, List<Sum> theirs) {
        long differing = heads.differing(theirs);
        if (differing != 0) {
            link.send(new Message.Vector(store(), differing, heads.in(differing), true));
        }
    }

    void compare(PeerLink link, Message.Vector vector) {
        Map<Author, Long> theirs = new HashMap<>();
        for (Head head : vector.heads()) {
            theirs.put(head.author(), head.sequence());
            lacks(link, head, false);
            // That much is not on its way from somewhere else.
            missing.of(head.author()).filter(lacking -> lacking.upTo() - has(head.author()) > MANY)
                    .ifPresent(lacking -> lacking.dueAt(scheduler.now()));
        }
        look();
        if (vector.answer()) {
            List<Head> ahead = heads.in(vector.buckets()).stream()
                    .filter(head -> head.sequence() > theirs.getOrDefault(head.author(), 0L)).toList();
            if (!ahead.isEmpty()) {
                link.send(new Message.Vector(store(), vector.buckets(), ahead, false));
            }
        }
    }

    /** Only for tests: whether nothing is on its way. */
    boolean isIdle() {
        return ingesting == 0 && alone.isEmpty() && queue.isEmpty() && missing.isEmpty();
    }
}
