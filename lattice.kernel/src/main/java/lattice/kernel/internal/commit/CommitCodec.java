package lattice.kernel.internal.commit;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;

/**
 * The bytes of a commit, the same in the log, on the wire and under the signature. Numbers are as {@link ByteWriter} writes
 * them.
 *
 * <pre>
 * commit      := version:u8 = 2
 *                store:32              id of the store; zeros in the founding commit of a root store
 *                author:32 epoch:u64   who made it
 *                sequence:varint       from 1, without gaps
 *                time:u64              hybrid time, greater than in the author's commit before
 *                previous:32           hash of the author's commit before; zeros in the first
 *                section*
 * section     := type:varint length:varint body
 * transaction := flags:varint          (section type 1) bit 0: a service asked for it, 1: operation id, 2: command
 *                [service:text] [operation id:text] [state machine:text command:blob]
 *                count:varint mutation*
 * mutation    := kind:u8               bit 0: a put, not a delete; bit 1: it overwrote something
 *                key:blob [value:blob] [version]
 * version     := time:u64 (index*2 + other):varint [author:32 epoch:u64]     of the commit's author unless other is 1
 * </pre>
 *
 * <p>A commit's hash is the SHA-256 of what comes before its sections and of the SHA-256 of its sections; its author signs the
 * hash. So the few bytes of a {@link Header} say what was signed. A commit has one encoding: there are no
 * optional forms, and unknown flags are an error. What comes later comes as sections of new types (checkpoints 2, proofs
 * of equivocation 4, grants 3 ...): a node that doesn't know an even type passes over it; one that doesn't know an odd type
 * keeps and relays the commit, but doesn't let it take effect. The version changes only if even this doesn't do.
 */
public final class CommitCodec {
    /** The most bytes of a commit: a transaction of the largest size with its keys, versions and command. */
    public static final int MAX_BYTES = 16 * 1024 * 1024;

    /** The version of the format. */
    public static final int VERSION = 2;

    private static final int SEQUENCE_AT = 1 + Hash.BYTES + Authors.BYTES;
    private static final int MAX_VARINT_BYTES = 10;
    private static final int MAX_HEADER_BYTES = SEQUENCE_AT + MAX_VARINT_BYTES + Long.BYTES + Hash.BYTES;
    private static final int TRANSACTION = 1;
    private static final int SERVICE = 1;
    private static final int OPERATION_ID = 2;
    private static final int COMMAND = 4;
    private static final int PUT = 1;
    private static final int OVERWROTE = 2;
    private static final int MAX_OPERATION_ID_BYTES = Transaction.MAX_OPERATION_ID * 3;

    /** Most that is read in a row was asked for by one service; to look whether a name is one takes longer than the rest. */
    private static volatile ServiceId lastService;

    private CommitCodec() {
    }

    public static byte[] encode(Commit commit) {
        ByteWriter out = new ByteWriter(512);
        encode(commit, out);
        return out.toBytes();
    }

    /** Appends the bytes of a commit. */
    public static void encode(Commit commit, ByteWriter out) {
        encode(new Header(commit.store(), commit.author(), commit.sequence(), commit.time(), commit.previous(), Hash.NONE), out);
        ByteWriter body = new ByteWriter(256);
        for (Section section : commit.sections()) {
            body.clear();
            int type;
            if (section instanceof TransactionSection transaction) {
                type = TRANSACTION;
                encode(transaction, commit.author(), body);
            } else {
                UnknownSection unknown = (UnknownSection) section;
                type = unknown.type();
                body.raw(unknown.body());
            }
            out.varint(type).varint(body.length()).raw(body.buffer(), 0, body.length());
        }
    }

    private static void encode(TransactionSection transaction, Author author, ByteWriter out) {
        out.varint((transaction.service().isPresent() ? SERVICE : 0)
                | (transaction.operationId().isPresent() ? OPERATION_ID : 0)
                | (transaction.command().isPresent() ? COMMAND : 0));
        transaction.service().ifPresent(service -> out.text(service.name()));
        transaction.operationId().ifPresent(out::text);
        transaction.command().ifPresent(command -> out.text(command.stateMachine()).blob(command.body()));
        out.varint(transaction.writes().size());
        for (Write write : transaction.writes()) {
            out.u8((write.isDelete() ? 0 : PUT) | (write.overwrote() == null ? 0 : OVERWROTE));
            out.blob(write.key());
            if (!write.isDelete()) {
                out.blob(write.value());
            }
            if (write.overwrote() != null) {
                Authors.writeVersion(out, write.overwrote(), author);
            }
        }
    }

    /**
     * What is under the signature: a commit but for its sections, of which the hash stands here.
     *
     * @param store id of the store; zeros in the founding commit of a root store
     * @param author who made it
     * @param sequence its number
     * @param time its time
     * @param previous the hash of the author's commit before
     * @param body the SHA-256 of its sections
     */
    public record Header(Hash store, Author author, long sequence, HybridTime time, Hash previous, Hash body) {
        /** The hash of the commit. */
        public Hash hash() {
            ByteWriter out = new ByteWriter(MAX_HEADER_BYTES + Hash.BYTES);
            CommitCodec.encode(this, out);
            body.write(out);
            return Hash.of(out.buffer(), 0, out.length());
        }
    }

    private static void encode(Header header, ByteWriter out) {
        out.u8(VERSION);
        header.store.write(out);
        Authors.write(out, header.author);
        out.varint(header.sequence);
        out.u64(header.time.bits());
        header.previous.write(out);
    }

    /** Reads what is under the signature, of bytes that are known to be a commit. */
    public static Header header(byte[] commit) throws FormatException {
        ByteReader in = new ByteReader(commit);
        in.u8();
        Hash store = Hash.read(in);
        Author author = Authors.read(in);
        long sequence = in.varint();
        HybridTime time = Authors.readTime(in);
        Hash previous = Hash.read(in);
        return new Header(store, author, sequence, time, previous,
                Hash.of(commit, commit.length - in.remaining(), in.remaining()));
    }

    /** The hash of a commit. Of bytes that are none it is some hash. */
    public static Hash hash(byte[] commit) {
        return hash(commit, 0, commit.length);
    }

    /** The hash of a commit that is a part of some bytes. */
    public static Hash hash(byte[] bytes, int offset, int count) {
        int header = SEQUENCE_AT;
        while (header < count && header < SEQUENCE_AT + MAX_VARINT_BYTES && bytes[offset + header] < 0) {
            header++;
        }
        header = Math.min(count, header + 1 + Long.BYTES + Hash.BYTES);
        MessageDigest sha = Hash.sha256();
        sha.update(bytes, offset + header, count - header);
        byte[] body = sha.digest();
        sha.update(bytes, offset, header);
        sha.update(body);
        return Hash.from(sha.digest(), 0);
    }

    /** Who made a commit, and its number. */
    public record Origin(Author author, long sequence) {
    }

    /** Reads only whose a commit is, of bytes that are known to be one. */
    public static Origin origin(byte[] commit) throws FormatException {
        ByteReader in = new ByteReader(commit);
        in.u8();
        Hash.read(in);
        return new Origin(Authors.read(in), in.varint());
    }

    /** Reads a commit that fills the bytes exactly. */
    public static Commit decode(byte[] bytes) throws FormatException {
        return decode(new ByteReader(bytes));
    }

    /**
     * Reads a commit that fills what is left exactly.
     *
     * @throws FormatException if it isn't one; nothing else, whatever the bytes are
     */
    public static Commit decode(ByteReader in) throws FormatException {
        if (in.remaining() > MAX_BYTES) {
            throw new FormatException("a commit has " + in.remaining() + " bytes, the most is " + MAX_BYTES);
        }
        int version = in.u8();
        if (version != VERSION) {
            throw new FormatException("a commit is of format " + version + ", this node knows format " + VERSION);
        }
        Hash store = Hash.read(in);
        Author author = Authors.read(in);
        long sequence = in.varint();
        if (sequence < 1) {
            throw new FormatException("a sequence number is " + Long.toUnsignedString(sequence));
        }
        HybridTime time = Authors.readTime(in);
        Hash previous = Hash.read(in);
        if (sequence == 1 != previous.equals(Hash.NONE)) {
            throw new FormatException("the first commit of an author, and it alone, has no previous one");
        }
        List<Section> sections = new ArrayList<>(2);
        while (in.remaining() > 0) {
            int type = in.varint(Integer.MAX_VALUE);
            ByteReader body = in.slice(in.varint(in.remaining()));
            if (type == 0) {
                throw new FormatException("a section has type 0");
            }
            sections.add(type == TRANSACTION ? decodeTransaction(body, author)
                    : new UnknownSection(type, body.raw(body.remaining())));
        }
        return new Commit(store, author, sequence, time, previous, sections);
    }

    private static TransactionSection decodeTransaction(ByteReader in, Author author) throws FormatException {
        long flags = in.varint();
        if ((flags & ~(SERVICE | OPERATION_ID | COMMAND)) != 0) {
            throw new FormatException("a transaction has unknown flags " + Long.toHexString(flags));
        }
        Optional<ServiceId> service = (flags & SERVICE) != 0 ? Optional.of(service(in)) : Optional.empty();
        Optional<String> operationId = (flags & OPERATION_ID) != 0 ? Optional.of(operationId(in)) : Optional.empty();
        Optional<SentCommand> command = (flags & COMMAND) != 0
                ? Optional.of(new SentCommand(in.text(SentCommand.MAX_NAME_BYTES), in.blob(Mutation.MAX_VALUE_BYTES)))
                : Optional.empty();
        int count = in.varint(in.remaining() / 2); // a mutation takes more than two bytes
        if (count == 1) {
            // As nearly all have; a list that is not copied again.
            List<Write> only = List.of(decodeWrite(in, author));
            in.expectEnd("a transaction");
            return new TransactionSection(service, operationId, command, only);
        }
        List<Write> writes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            writes.add(decodeWrite(in, author));
        }
        in.expectEnd("a transaction");
        return new TransactionSection(service, operationId, command, writes);
    }

    private static Write decodeWrite(ByteReader in, Author author) throws FormatException {
        int kind = in.u8();
        if ((kind & ~(PUT | OVERWROTE)) != 0) {
            throw new FormatException("a mutation is of unknown kind " + kind);
        }
        byte[] key = in.blob(Key.MAX_BYTES);
        if (!isPlain(key)) {
            check(key);
        }
        byte[] value = (kind & PUT) != 0 ? in.blob(Mutation.MAX_VALUE_BYTES) : null;
        Version overwrote = (kind & OVERWROTE) != 0 ? Authors.readVersion(in, author) : null;
        return new Write(key, value, overwrote);
    }

    /** Whether bytes are plainly a key, as nearly all are: ASCII that shows, no segment empty or starting with a dot. */
    private static boolean isPlain(byte[] key) {
        if (key.length < 2 || key[0] != '/' || key[key.length - 1] == '/') {
            return false;
        }
        for (int i = 1; i < key.length; i++) {
            byte b = key[i];
            if (b <= ' ' || b > '~' || key[i - 1] == '/' && (b == '/' || b == '.')) {
                return false;
            }
        }
        return true;
    }

    private static void check(byte[] key) throws FormatException {
        try {
            new Key(ByteReader.utf8(key, 0, key.length));
        } catch (StoreException e) {
            throw new FormatException("a key is not one: " + e.getMessage(), e);
        }
    }

    private static ServiceId service(ByteReader in) throws FormatException {
        String name = in.text(ServiceId.MAX_LENGTH);
        ServiceId last = lastService;
        if (last != null && last.name().equals(name)) {
            return last;
        }
        try {
            ServiceId service = new ServiceId(name);
            lastService = service;
            return service;
        } catch (IllegalArgumentException e) {
            throw new FormatException("a service id is not one: " + e.getMessage(), e);
        }
    }

    private static String operationId(ByteReader in) throws FormatException {
        String id = in.text(MAX_OPERATION_ID_BYTES);
        if (id.isEmpty() || id.length() > Transaction.MAX_OPERATION_ID) {
            throw new FormatException("an operation id has " + id.length() + " characters");
        }
        return id;
    }
}
