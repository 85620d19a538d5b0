package lattice.mesh.internal.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;

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

    private record Fetch(PeerLink from, long since) {
    }

    /** How often in a row a peer has not answered, and when it was asked first of these times. */
    private record Unanswered(int times, long since) {
    }

    private static final int MAX_POSTPONED = 8192;
    /** Its last commit goes over the size of a chunk, and small commits take in memory as much again: what has no room is lost. */
    private static final int ROOM_FOR_CHUNK = 3;
    static final long POSTPONED_MILLIS = 60_000;
    private static final int ASKED_AT_ONCE = 512;
    private static final int MAX_UNANSWERED = 4;
    /**
     * For so long a peer is not blamed for silence, in times that an answer may take: longer than a link may be held up by what is
     * lost on it before it is given up.
     */
    private static final int BLAMELESS_FOR_ANSWERS = 2;
    private static final int FEW = 16;
    private static final int MANY = 256;
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
    private final HeldBack heldBack;
    private final MissingCommits missing = new MissingCommits();
    /** Nodes of which nothing is taken in until then, in milliseconds of the scheduler. */
    private final Map<NodeId, Long> postponed = new HashMap<>();
    private final Map<Author, Fetch> fetches = new HashMap<>();
    /** From which number on nothing is taken in of who made two histories. */
    private final Map<Author, Long> forks = new HashMap<>();
    private final Partings partings;
    private final Map<PeerLink, Unanswered> unanswered = new HashMap<>();
    /** How many of the commits held here a neighbour lacked when what both hold was compared last. */
    private final Map<PeerLink, Long> lackedBy = new HashMap<>();
    private final Answers answers;
    private final Map<Author, Incoming> unknown = new LinkedHashMap<>();
    private final Storing storing;
    private final Shares unknownBytes;
    private final StateTransfer transfer;
    private boolean looking;
    /** The last commit that this node has written since it began to replicate the store, if any. */
    private Head own;
    /** How far one neighbour at least is known to hold what this node wrote. */
    private long ownHeldElsewhere;

    StoreExchange(Replica replica, Settings settings, Scheduler scheduler, Spreading spreading, Members members,
            Findings findings, Links links) {
        this.replica = replica;
        this.settings = settings;
        this.scheduler = scheduler;
        this.spreading = spreading;
        this.members = members;
        this.findings = findings;
        this.links = links;
        this.storing = new Storing(replica, settings, this::stored, this::refused, this::look);
        this.unknownBytes = new Shares(settings.unknownBytes());
        this.heldBack = new HeldBack(settings.ingestBytes() / 2);
        this.partings = new Partings(scheduler, this::askFrom);
        this.answers = new Answers(replica, heads, settings);
        this.transfer = new StateTransfer(replica, settings, scheduler, links, this::stateArrived, this::look, this::lookLater);
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

    /** How many of the commits held here a neighbour lacked when what both hold was compared last, if it ever was. */
    Optional<Long> lackedBy(PeerLink link) {
        return Optional.ofNullable(lackedBy.get(link));
    }

    private long has(Author author) {
        return Math.max(heads.of(author), expected.getOrDefault(author, 0L));
    }

    // What is new

    /** Commits of this node, in sequence, are durable, and the last of them is signed. */
    void committed(List<SignedCommit> run) {
        Head head = head(run.get(run.size() - 1));
        if (own == null || !own.author().equals(head.author())) {
            ownHeldElsewhere = 0;
        }
        own = head;
        if (heads.advance(head)) {
            spreading.push(store(), run, head, link -> isFor(link.peer()));
        }
    }

    /** Whether a neighbour is known to hold a commit that this node wrote since it began to replicate the store. */
    boolean isHeldElsewhere(Author author, long sequence) {
        return own != null && own.author().equals(author) && sequence <= Math.min(own.sequence(), ownHeldElsewhere);
    }

    /** Says how far what a node wrote is held here. */
    void acknowledge(PeerLink link) {
        // Of what is only just durable it may not be told here yet.
        List<Head> written = replica.heads().stream().filter(head -> head.author().node().equals(link.peer())).toList();
        if (!written.isEmpty()) {
            link.send(new Message.Announce(store(), written));
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
        for (Incoming run : Incoming.runs(from, commits)) {
            useful |= take(run);
        }
        if (useful) {
            spreading.makeEager(from);
        } else {
            spreading.prune(from);
        }
        storing.goOn();
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
        storing.goOn();
    }

    /** Takes a run in, and what waited for it; tells whether anything of it is new. */
    private boolean take(Incoming incoming) {
        boolean isNew = admit(incoming);
        takeHeldBack(incoming.author());
        return isNew;
    }

    /** Puts what is new of a run into the queue. */
    private boolean admit(Incoming incoming) {
        Author author = incoming.author();
        long has = has(author);
        Head mine = heads.head(author);
        if (incoming.first().sequence() >= forks.getOrDefault(author, Long.MAX_VALUE)) {
            return true;
        }
        if (mine != null && incoming.last().sequence() == mine.sequence() && mine.hash() != head(incoming.last()).hash()) {
            // Another commit of the same number. Who stores them finds out whether its author or its sender made it.
            storing.compare(incoming, result -> judge(incoming, result));
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
        if (incoming.first().sequence() > has + 1) {
            heldBack.add(incoming);
            lacks(incoming.from(), head(incoming.last()), false);
            return true;
        }
        if (!storing.hasRoom(incoming.from(), author, incoming.bytes())) {
            findings.flooded(store(), incoming.from().peer());
            lacks(incoming.from(), head(incoming.last()), false);
            return true;
        }
        List<SignedCommit> fresh = incoming.run().stream().filter(commit -> commit.sequence() > has).toList();
        storing.add(new Incoming(incoming.from(), fresh));
        expected.put(author, incoming.last().sequence());
        return true;
    }

    private void takeHeldBack(Author author) {
        for (Optional<Incoming> next = heldBack.next(author, has(author) + 1); next.isPresent();
                next = heldBack.next(author, has(author) + 1)) {
            admit(next.get());
        }
    }

    private void hold(Incoming incoming) {
        Author author = incoming.author();
        findings.unknownAuthor(store(), author.node(), incoming.from().peer());
        if (!unknown.containsKey(author) && unknownBytes.hasRoom(incoming.from(), author.node(), incoming.bytes())) {
            unknown.put(author, incoming);
            unknownBytes.add(incoming.from(), author.node(), incoming.bytes());
        }
    }

    // Storing

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
        Author author = incoming.author();
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
        Author author = incoming.author();
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
            heldBack.drop(author);
            partings.end(author);
        }
    }

    /** Asks for nothing more of a node for now, or all that it wrote would be fetched again and again. */
    private void postpone(Author author, String why) {
        if (postponed.size() < MAX_POSTPONED) {
            postponed.put(author.node(), scheduler.now() + POSTPONED_MILLIS);
        }
        missing.remove(author);
        heldBack.drop(author);
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
        if (own != null && own.author().equals(author)) {
            ownHeldElsewhere = Math.max(ownHeldElsewhere, head.sequence());
        }
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
        transfer.giveUpIfSilent();
        if (transfer.isUnderWay()) {
            lookLater();
            return;
        }
        if (storing.bytes() > settings.ingestBytes() / 2) {
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
                        && storing.hasRoom(link, author, ROOM_FOR_CHUNK * settings.chunkBytes())
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
            heldBack.drop(author);
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
        Map<PeerLink, Long> silent = new LinkedHashMap<>();
        fetches.entrySet().removeIf(each -> {
            PeerLink link = each.getValue().from();
            boolean late = now - each.getValue().since() > patience(each.getKey());
            if (late && links.isUp(link)) {
                silent.merge(link, each.getValue().since(), Math::min);
                missing.of(each.getKey()).filter(lacking -> lacking.sources().size() > 1)
                        .ifPresent(lacking -> lacking.sources().remove(link));
            }
            return late || !links.isUp(link);
        });
        silent.forEach((link, since) -> {
            Unanswered all = unanswered.merge(link, new Unanswered(1, since),
                    (before, more) -> new Unanswered(before.times() + 1, before.since()));
            if (all.times() >= MAX_UNANSWERED && now - all.since() > BLAMELESS_FOR_ANSWERS * settings.answerWithin()) {
                unanswered.remove(link);
                links.misbehaved(link, "announced commits and did not send them when asked, " + all.times() + " times in a row");
            }
        });
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
        for (Incoming incoming : Incoming.runs(from, commits)) {
            if (partings.isAwaited(from, incoming.author())) {
                storing.compare(incoming, result -> {
                    partings.compared(incoming.author(), incoming.last().sequence(), result);
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
        storing.goOn();
        look();
    }

    void wanted(PeerLink to, List<Message.From> wanted, boolean graft) {
        if (graft) {
            spreading.makeEager(to);
        }
        answers.send(to, wanted);
    }

    // The states of checkpoints

    /** A peer does not keep what it was asked for any more. */
    void offered(PeerLink from, StateOffer offer) {
        boolean asked = fetches.values().removeIf(fetch -> fetch.from() == from);
        unanswered.remove(from);
        if (asked) {
            transfer.begin(from, offer);
        }
    }

    void received(PeerLink from, Message.StatePart part) {
        transfer.received(from, part);
    }

    /** How far the state of a checkpoint has come that is on its way here, if one is. */
    Optional<StateProgress> arriving() {
        return transfer.arriving();
    }

    void wantedState(PeerLink to, Message.WantState want) {
        answers.send(to, want);
    }

    private void stateArrived() {
        replica.heads().forEach(this::settle);
        membersChanged();
    }

    void neighbourDown(PeerLink link) {
        transfer.neighbourDown(link);
        answers.neighbourDown(link);
        unanswered.remove(link);
        lackedBy.remove(link);
        if (fetches.values().removeIf(fetch -> fetch.from() == link)) {
            look();
        }
    }

    // Comparing

    /** Answers a summary that differs: with the version vector, or first with the sums of its buckets if it is long. */
    void compare(PeerLink link, Sum theirs) {
        transfer.fetchLacked(link);
        if (theirs.equals(heads.total())) {
            lackedBy.put(link, 0L);
            ownHeldElsewhere = own == null ? 0 : own.sequence();
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
            lackedBy.put(link, ahead.stream()
                    .mapToLong(head -> head.sequence() - theirs.getOrDefault(head.author(), 0L)).sum());
            if (!ahead.isEmpty()) {
                link.send(new Message.Vector(store(), vector.buckets(), ahead, false));
            }
        }
    }

    /** Only for tests: whether nothing is on its way. */
    boolean isIdle() {
        return storing.isIdle() && missing.isEmpty();
    }
}
