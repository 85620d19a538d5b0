package lattice.kernel.internal.validity;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;

/**
 * What the control commits of a root store that are held here say about nodes and stores, and what follows from it. What a
 * checkpoint covers is judged by the control commits that it covers too, so that nothing that comes later changes it.
 * Immutable.
 */
public final class Control {
    /** Of a store in which nothing is said about nodes. */
    public static final Control EMPTY = new Control(null, null, List.of(), List.of(), List.of(), Proofs.NONE);

    private static final byte[] PEERS = "/peers/".getBytes(StandardCharsets.UTF_8);
    private static final byte[] STORES = "/stores/".getBytes(StandardCharsets.UTF_8);
    private static final Pattern SUBJECT = Pattern.compile("/peers/([0-9a-f]{64})");
    private static final Pattern CHECKPOINT = Pattern.compile("/stores/[^/]+/checkpoint");
    /** Of what a node says of itself, and of others with no right to, in an epoch; it may count when all is known, so it is kept. */
    static final int MAX_SAID_BYTES = 256 * 1024;
    private static final int STATEMENT_OVERHEAD = 512;
    /** What may wait for the founder to be known, whose signature decides. */
    private static final int MAX_UNPROVEN = 64;

    private final StoreId mesh;
    private final NodeId founder;
    private final List<Statement> statements;
    private final List<Checkpoint> checkpoints;
    private final List<Checkpoint> unproven;
    private final Proofs proofs;
    private final Map<StoreId, CheckpointChain> chains;
    private final Validity validity;
    private final Map<Long, Validity> settled = new ConcurrentHashMap<>();

    private Control(StoreId mesh, NodeId founder, List<Statement> statements, List<Checkpoint> checkpoints,
            List<Checkpoint> unproven, Proofs proofs) {
        this.mesh = mesh;
        this.founder = founder;
        this.statements = List.copyOf(statements);
        List<Checkpoint> genuine = checkpoints;
        if (founder != null && !unproven.isEmpty()) {
            genuine = new ArrayList<>(checkpoints);
            unproven.stream().filter(checkpoint -> checkpoint.isGenuine(founder)).forEach(genuine::add);
        }
        this.checkpoints = List.copyOf(genuine);
        this.unproven = founder == null ? List.copyOf(unproven) : List.of();
        this.proofs = proofs;
        this.chains = founder == null ? Map.of() : this.checkpoints.stream()
                .collect(Collectors.groupingBy(Checkpoint::store, Collectors.collectingAndThen(Collectors.toList(),
                        of -> CheckpointChain.of(founder, of))));
        this.validity = founder == null ? null
                : Validity.of(founder, timely().toList(), proofs.forks().toList());
    }

    /** Empty while the founding commit is not held: nobody may do anything then. */
    public Optional<Validity> validity() {
        return Optional.ofNullable(validity);
    }

    /** Who founded the mesh, if its founding commit is held. */
    public Optional<NodeId> founder() {
        return Optional.ofNullable(founder);
    }

    /** The checkpoints of a store of the mesh. */
    public CheckpointChain checkpointsOf(StoreId store) {
        return chains.getOrDefault(store, CheckpointChain.EMPTY);
    }

    /** By what a commit of a store of the mesh is judged; empty while the founding commit is not held. */
    public Optional<Validity> validity(Position position) {
        CheckpointChain chain = checkpointsOf(position.store());
        Optional<Long> number = chain.coveringNumber(position.author(), position.sequence());
        return number.isEmpty() || validity == null ? validity() : Optional.of(settledBy(chain.numbered(number.get()).get()));
    }

    /** What the control commits say that a checkpoint covers, or for a child store, the root's checkpoint that it names. */
    private Validity settledBy(Checkpoint checkpoint) {
        long number = checkpoint.store().equals(mesh) ? checkpoint.number() : checkpoint.under();
        return settled.computeIfAbsent(number, key -> {
            CheckpointChain root = checkpointsOf(mesh);
            return Validity.of(founder, timely().filter(statement -> isCovered(root, statement.position(), key)).toList(),
                    proofs.forks(by -> isCovered(root, by, key)).toList());
        });
    }

    private static boolean isCovered(CheckpointChain root, Position position, long number) {
        return root.coveringNumber(position.author(), position.sequence()).filter(by -> by <= number).isPresent();
    }

    private Stream<Statement> timely() {
        CheckpointChain root = checkpointsOf(mesh);
        return statements.stream().filter(statement -> root.missed(statement.position().author(),
                statement.position().sequence(), statement.time()).isEmpty());
    }

    /**
     * Of authors that made two commits of a number in a store, from which number on their commits count no more: what a
     * checkpoint covers is decided, so never before what follows on that.
     */
    public Map<Author, Long> forks(StoreId store) {
        if (proofs.isEmpty()) {
            return Map.of();
        }
        Map<Author, Long> forks = new HashMap<>();
        CheckpointChain chain = checkpointsOf(store);
        proofs.forks().filter(fork -> fork.chain().store().equals(store)).forEach(fork -> {
            Author author = new Author(fork.offender(), fork.chain().epoch());
            forks.merge(author, Math.max(fork.sequence(), chain.upTo(author) + 1), Math::min);
        });
        return forks;
    }

    /** From which number on an author's commits to a store are void because it made two of it; empty if it didn't. */
    public Optional<Long> forkedFrom(StoreId store, Author author) {
        Chain chain = new Chain(store, author.epoch());
        return proofs.forks().filter(fork -> fork.chain().equals(chain) && fork.offender().equals(author.node()))
                .map(Fork::sequence).min(Long::compare);
    }

    /** The same with what a commit says, if it says anything about nodes or checkpoints. */
    public Control plus(StoreId store, Commit commit, Hash hash) {
        if (commit.store().equals(Hash.NONE) && hash.hex().equals(store.hex())) {
            return new Control(store, commit.author().node(), statements, checkpoints, unproven, proofs);
        }
        Optional<Write> write = onlyWrite(commit);
        if (write.isEmpty()) {
            return this;
        }
        String path = new String(write.get().key(), StandardCharsets.UTF_8);
        Position position = new Position(store, commit.author(), commit.sequence(), hash);
        try {
            if (CHECKPOINT.matcher(path).matches()) {
                return plus(store, CheckpointCodec.decode(write.get().value()));
            }
            if (ForkProof.isKey(path)) {
                Proofs more = proofs.plus(position, ForkProof.decode(write.get().key(), write.get().value()).fork());
                return more == proofs ? this : new Control(store, founder, statements, checkpoints, unproven, more);
            }
            Optional<NodeId> subject = subject(write.get().key());
            if (subject.isEmpty() || statements.stream().anyMatch(said -> said.position().equals(position))) {
                return this;
            }
            Statement statement = new Statement(position, commit.time(), subject.get(), ActCodec.decode(write.get().value()));
            return new Control(store, founder, with(statements, statement), checkpoints, unproven, proofs);
        } catch (FormatException e) {
            // What has no form says nothing; that its transaction is void is for who judges it to say.
            return this;
        }
    }

    /**
     * Whether what a commit says about nodes may be kept: who is no administrator can't fill everybody's memory with it. It depends
     * on what comes before it in its chain alone, so all who judge alike end at the same commit, whatever came to them first.
     */
    public boolean hasRoomFor(Commit commit) {
        NodeId speaker = commit.author().node();
        Optional<Write> write = onlyWrite(commit).filter(said -> subject(said.key()).isPresent());
        if (write.isEmpty() || validity == null || validity.isAdmin(speaker)) {
            return true;
        }
        long held = statements.stream().filter(said -> said.position().author().equals(commit.author())
                && (said.subject().equals(speaker) || !validity.accepts(said.position())))
                .mapToLong(said -> bytes(ActCodec.encode(said.act()))).sum();
        return held + bytes(write.get().value()) <= MAX_SAID_BYTES;
    }

    private static long bytes(byte[] act) {
        return act.length + STATEMENT_OVERHEAD;
    }

    /** The same with a checkpoint that came by itself; it counts only if it is genuine. */
    public Control plus(StoreId store, Checkpoint checkpoint) {
        if (!checkpoint.mesh().equals(store) || checkpoints.contains(checkpoint)) {
            return this;
        }
        if (founder == null) {
            return unproven.size() >= MAX_UNPROVEN || unproven.contains(checkpoint) ? this
                    : new Control(store, null, statements, checkpoints, with(unproven, checkpoint), proofs);
        }
        return checkpoint.isGenuine(founder)
                ? new Control(store, founder, statements, with(checkpoints, checkpoint), unproven, proofs) : this;
    }

    /** The same with a checkpoint that is about to be made. */
    public Control assuming(Checkpoint checkpoint) {
        return new Control(mesh, founder, statements, with(checkpoints, checkpoint), unproven, proofs);
    }

    /** Whether by what a checkpoint covers nodes may do the same as by all that is known now. */
    public boolean isSettledAsNow(Checkpoint checkpoint) {
        return settledBy(checkpoint).differencesFrom(validity).isEmpty();
    }

    private static <T> List<T> with(List<T> some, T another) {
        List<T> more = new ArrayList<>(some.size() + 1);
        more.addAll(some);
        more.add(another);
        return more;
    }

    /** A control commit says one thing, and nothing else. */
    private static Optional<Write> onlyWrite(Commit commit) {
        List<TransactionSection> transactions = commit.transactions();
        if (transactions.size() != 1 || transactions.get(0).writes().size() != 1) {
            return Optional.empty();
        }
        Write write = transactions.get(0).writes().get(0);
        return write.isDelete() || !startsWith(write.key(), PEERS) && !startsWith(write.key(), STORES) ? Optional.empty()
                : Optional.of(write);
    }

    private static boolean startsWith(byte[] key, byte[] start) {
        return key.length > start.length && Arrays.equals(key, 0, start.length, start, 0, start.length);
    }

    /** Of whom a write under {@code /peers} speaks, if it has the form of one that does. */
    private static Optional<NodeId> subject(byte[] key) {
        var form = SUBJECT.matcher(new String(key, StandardCharsets.UTF_8));
        return form.matches() ? Optional.of(new NodeId(form.group(1))) : Optional.empty();
    }

    /**
     * Whether what a write says about a node counts. Of a commit that is not held yet, whether it will.
     *
     * @param position of its commit
     */
    public boolean allows(Position position, Write write) {
        Validity judge = validity(position).orElse(null);
        if (judge == null || write.isDelete()) {
            return false;
        }
        String path = new String(write.key(), StandardCharsets.UTF_8);
        try {
            if (ForkProof.isKey(path)) {
                ForkProof.decode(write.key(), write.value());
                return judge.isMember(position);
            }
            Optional<NodeId> subject = subject(write.key());
            if (subject.isEmpty()) {
                return false;
            }
            if (judge.accepts(position)) {
                return true;
            }
            if (!position.hash().equals(Hash.NONE)) {
                return false;
            }
            Act act = ActCodec.decode(write.value());
            NodeId speaker = position.author().node();
            return act instanceof Act.Revoke && subject.get().equals(speaker)
                    || judge.isAdmin(position) && judge.mayDecideOn(speaker, subject.get());
        } catch (FormatException e) {
            return false;
        }
    }

    /**
     * The nodes whose commits to a store have to be judged again, as this says other things of them than that did. What came
     * too late for a checkpoint is not among them: see {@link CheckpointChain#missed}.
     */
    public Set<NodeId> judgedOtherwiseThanBy(Control other, StoreId store) {
        Set<NodeId> nodes = new HashSet<>();
        if (founder != null && !founder.equals(other.founder)) {
            nodes.add(founder);
        }
        if (validity == null) {
            return nodes;
        }
        nodes.addAll(validity.differencesFrom(other.validity));
        CheckpointChain now = checkpointsOf(store);
        CheckpointChain before = other.checkpointsOf(store);
        long same = now.extendsOn(before) ? before.checkpoints().size() : 0;
        for (Checkpoint checkpoint : now.checkpoints().subList((int) same, now.checkpoints().size())) {
            // Until now what it covers was judged by all that was known.
            nodes.addAll(settledBy(checkpoint).differencesFrom(other.validity));
        }
        if (!now.extendsOn(before)) {
            now.marks().keySet().forEach(author -> nodes.add(author.node()));
            before.marks().keySet().forEach(author -> nodes.add(author.node()));
        }
        return nodes;
    }

    public void write(ByteWriter out) {
        out.u8((mesh == null ? 0 : 1) | (founder == null ? 0 : 2));
        if (mesh != null) {
            Hash.fromHex(mesh.hex()).write(out);
        }
        if (founder != null) {
            Authors.write(out, new Author(founder, 0));
        }
        out.varint(statements.size());
        for (Statement statement : statements) {
            statement.position().write(out);
            out.u64(statement.time().bits());
            Authors.write(out, new Author(statement.subject(), 0));
            out.blob(ActCodec.encode(statement.act()));
        }
        for (List<Checkpoint> some : List.of(checkpoints, unproven)) {
            out.varint(some.size());
            some.forEach(checkpoint -> out.blob(CheckpointCodec.encode(checkpoint)));
        }
        proofs.write(out);
    }

    public static Control read(ByteReader in) throws FormatException {
        int flags = in.u8();
        StoreId mesh = (flags & 1) == 0 ? null : new StoreId(Hash.read(in).hex());
        NodeId founder = (flags & 2) == 0 ? null : Authors.read(in).node();
        List<Statement> statements = new ArrayList<>();
        for (int i = in.varint(in.remaining()); i > 0; i--) {
            Position position = Position.read(mesh, in);
            statements.add(new Statement(position, Authors.readTime(in), Authors.read(in).node(),
                    ActCodec.decode(in.blob(1 << 20))));
        }
        List<List<Checkpoint>> checkpoints = List.of(new ArrayList<>(), new ArrayList<>());
        for (List<Checkpoint> some : checkpoints) {
            for (int i = in.varint(in.remaining()); i > 0; i--) {
                some.add(CheckpointCodec.decode(in.blob(1 << 20)));
            }
        }
        return new Control(mesh, founder, statements, checkpoints.get(0), checkpoints.get(1), Proofs.read(mesh, in));
    }
}
