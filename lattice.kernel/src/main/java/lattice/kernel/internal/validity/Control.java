package lattice.kernel.internal.validity;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
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

/** What the control commits of a root store that are held here say about nodes, and what follows from it. Immutable. */
public final class Control {
    /** Of a store in which nothing is said about nodes. */
    public static final Control EMPTY = new Control(null, List.of());

    private static final Pattern SUBJECT = Pattern.compile("/peers/([0-9a-f]{64})");
    private static final int MAX_STATEMENTS = 10_000_000;

    private final NodeId founder;
    private final List<Statement> statements;
    private final Validity validity;

    private Control(NodeId founder, List<Statement> statements) {
        this.founder = founder;
        this.statements = statements;
        this.validity = founder == null ? null : Validity.of(founder, statements, List.of());
    }

    /** Empty while the founding commit is not held: nobody may do anything then. */
    public Optional<Validity> validity() {
        return Optional.ofNullable(validity);
    }

    /** The same with what a commit says, if it says anything about nodes. */
    public Control plus(StoreId store, Commit commit, Hash hash) {
        if (commit.store().equals(Hash.NONE) && hash.hex().equals(store.hex())) {
            return new Control(commit.author().node(), statements);
        }
        Optional<Statement> statement = statement(store, commit, hash);
        if (statement.isEmpty()) {
            return this;
        }
        List<Statement> more = new ArrayList<>(statements.size() + 1);
        more.addAll(statements);
        more.add(statement.get());
        return new Control(founder, List.copyOf(more));
    }

    /** A control commit speaks of one node, and says nothing else. */
    private static Optional<Statement> statement(StoreId store, Commit commit, Hash hash) {
        List<TransactionSection> transactions = commit.transactions();
        if (transactions.size() != 1 || transactions.get(0).writes().size() != 1) {
            return Optional.empty();
        }
        Write write = transactions.get(0).writes().get(0);
        Optional<NodeId> subject = subject(write.key());
        if (subject.isEmpty() || write.isDelete()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Statement(new Position(store, commit.author(), commit.sequence(), hash), commit.time(),
                    subject.get(), ActCodec.decode(write.value())));
        } catch (FormatException e) {
            // What is no act says nothing; that its transaction is void is for who judges it to say.
            return Optional.empty();
        }
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
        Optional<NodeId> subject = subject(write.key());
        if (validity == null || subject.isEmpty() || write.isDelete()) {
            return false;
        }
        if (validity.accepts(position)) {
            return true;
        }
        if (!position.hash().equals(Hash.NONE)) {
            return false;
        }
        try {
            Act act = ActCodec.decode(write.value());
            NodeId speaker = position.author().node();
            return act instanceof Act.Revoke && subject.get().equals(speaker)
                    || validity.isAdmin(position) && validity.mayDecideOn(speaker, subject.get());
        } catch (FormatException e) {
            return false;
        }
    }

    /** The nodes who may do other things by this than by that, and so whose commits have to be judged again. */
    public Set<NodeId> judgedOtherwiseThanBy(Control other) {
        Set<NodeId> nodes = new HashSet<>();
        if (founder != null && !founder.equals(other.founder)) {
            nodes.add(founder);
        }
        if (validity != null) {
            nodes.addAll(validity.differencesFrom(other.validity));
        }
        return nodes;
    }

    public void write(ByteWriter out) {
        out.u8(founder == null ? 0 : 1);
        if (founder != null) {
            Authors.write(out, new Author(founder, 0));
        }
        out.varint(statements.size());
        for (Statement statement : statements) {
            Position position = statement.position();
            Authors.write(out, position.author());
            out.varint(position.sequence());
            position.hash().write(out);
            out.u64(statement.time().bits());
            Authors.write(out, new Author(statement.subject(), 0));
            out.blob(ActCodec.encode(statement.act()));
        }
    }

    public static Control read(StoreId store, ByteReader in) throws FormatException {
        NodeId founder = in.u8() == 0 ? null : Authors.read(in).node();
        List<Statement> statements = new ArrayList<>();
        for (int i = in.varint(MAX_STATEMENTS); i > 0; i--) {
            Position position = new Position(store, Authors.read(in), in.varint(), Hash.read(in));
            statements.add(new Statement(position, Authors.readTime(in), Authors.read(in).node(),
                    ActCodec.decode(in.blob(1 << 20))));
        }
        return new Control(founder, List.copyOf(statements));
    }
}
