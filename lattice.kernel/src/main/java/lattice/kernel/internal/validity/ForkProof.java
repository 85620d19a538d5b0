package lattice.kernel.internal.validity;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.identity.Identity;

/**
 * Proof that an author made two different commits of one number: two runs of its commits, each of which ends in one that it
 * signed, and which name different hashes for that number. It takes nothing but the signatures, so it does not matter who hands
 * it on, and it carries what is signed of commits, not what they write. It stands at
 * {@code /peers/{node}/forked/{store}/{epoch}} as
 *
 * <pre>
 * proof := version:u8 = 2 sequence:varint run run
 * run   := founding:u8                  1 if it is that of a founding commit, which names no store
 *          first:varint                 the number of its first commit
 *          previous:32                  hash of the commit before that
 *          count:varint (time:u64 body:32)*    of each commit in sequence: its time, the SHA-256 of its sections
 *          signature:64                 of the last
 * </pre>
 *
 * @param store in which store
 * @param author who
 * @param sequence a number of which there are two
 * @param one commits of which one is of that number, or follows on it
 * @param other the same with another hash
 */
public record ForkProof(StoreId store, Author author, long sequence, Run one, Run other) {
    private static final int VERSION = 2;
    private static final int SIGNATURE_BYTES = 64;
    private static final int LINK_BYTES = Long.BYTES + Hash.BYTES;
    private static final Pattern KEY = Pattern.compile("/peers/([0-9a-f]{64})/forked/([0-9a-f]{64})/([0-9a-f]{16})");

    /** Commits in sequence, of which the last is signed. */
    public record Run(List<CommitCodec.Header> headers, byte[] signature) {
        /** @param headers those of one author and store, each of which follows on the one before; not empty */
        public Run {
            headers = List.copyOf(headers);
        }

        /** The number of its first commit. */
        public long first() {
            return headers.get(0).sequence();
        }

        /** The number of its last commit, which is signed. */
        public long last() {
            return headers.get(headers.size() - 1).sequence();
        }

        /** The hash that it names for a number; empty if it names none. */
        public Optional<Hash> hash(long sequence) {
            long index = sequence - first();
            if (index == -1) {
                return Optional.of(headers.get(0).previous());
            }
            return index < 0 || index >= headers.size() ? Optional.empty() : Optional.of(headers.get((int) index).hash());
        }
    }

    /** Where it stands. */
    public String key() {
        return "/peers/" + author.node().hex() + "/forked/" + store.hex() + "/" + HexFormat.of().toHexDigits(author.epoch());
    }

    public Fork fork() {
        return new Fork(author.node(), new Chain(store, author.epoch()), sequence);
    }

    static boolean isKey(String path) {
        return KEY.matcher(path).matches();
    }

    public byte[] encode() {
        ByteWriter out = new ByteWriter(1024).u8(VERSION).varint(sequence);
        for (Run run : List.of(one, other)) {
            CommitCodec.Header first = run.headers.get(0);
            out.u8(first.store().equals(Hash.NONE) ? 1 : 0).varint(first.sequence());
            first.previous().write(out);
            out.varint(run.headers.size());
            for (CommitCodec.Header header : run.headers) {
                out.u64(header.time().bits());
                header.body().write(out);
            }
            out.raw(run.signature);
        }
        return out.toBytes();
    }

    /** @throws FormatException if it proves nothing, or something else than its key says; nothing else, whatever the bytes are */
    public static ForkProof decode(byte[] key, byte[] bytes) throws FormatException {
        Matcher form = KEY.matcher(new String(key, StandardCharsets.UTF_8));
        if (!form.matches()) {
            throw new FormatException("no proof stands there");
        }
        Author author = new Author(new NodeId(form.group(1)), HexFormat.fromHexDigitsToLong(form.group(3)));
        StoreId store = new StoreId(form.group(2));
        ByteReader in = new ByteReader(bytes);
        if (in.u8() != VERSION) {
            throw new FormatException("a proof is of an unknown format");
        }
        long sequence = in.varint();
        Run one = readRun(store, author, in);
        Run other = readRun(store, author, in);
        in.expectEnd("a proof");
        Optional<Hash> hash = one.hash(sequence);
        if (sequence < 1 || hash.isEmpty() || other.hash(sequence).isEmpty() || hash.equals(other.hash(sequence))) {
            throw new FormatException("two runs do not name two commits of that number");
        }
        return new ForkProof(store, author, sequence, one, other);
    }

    private static Run readRun(StoreId store, Author author, ByteReader in) throws FormatException {
        boolean founding = in.u8() != 0;
        long first = in.varint();
        Hash previous = Hash.read(in);
        List<CommitCodec.Header> headers = new ArrayList<>();
        for (int left = in.varint(in.remaining() / LINK_BYTES); left > 0; left--) {
            HybridTime time = Authors.readTime(in);
            Hash named = founding && headers.isEmpty() ? Hash.NONE : Hash.fromHex(store.hex());
            CommitCodec.Header header = new CommitCodec.Header(named, author, first + headers.size(), time, previous,
                    Hash.read(in));
            headers.add(header);
            previous = header.hash();
        }
        byte[] signature = in.raw(SIGNATURE_BYTES);
        if (first < 1 || headers.isEmpty() || founding && !headers.get(0).hash().hex().equals(store.hex())) {
            throw new FormatException("a run is not one of that store");
        }
        if (!Identity.verify(author.node(), previous, signature)) {
            throw new FormatException("a run does not end in a signature of that author");
        }
        return new Run(headers, signature);
    }

    static void writeFork(ByteWriter out, Fork fork) {
        Authors.write(out, new Author(fork.offender(), fork.chain().epoch()));
        Hash.fromHex(fork.chain().store().hex()).write(out);
        out.varint(fork.sequence());
    }

    static Fork readFork(ByteReader in) throws FormatException {
        Author author = Authors.read(in);
        return new Fork(author.node(), new Chain(new StoreId(Hash.read(in).hex()), author.epoch()), in.varint());
    }
}
