package lattice.kernel.internal.validity;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
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
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.identity.Identity;

/**
 * Proof that an author made two different commits of one number: from there on, two runs of its commits, each of which ends in
 * one that it signed. It proves itself, whoever hands it on, and stands at
 * {@code /peers/{node}/forked/{store}/{epoch}} as
 *
 * <pre>
 * proof := version:u8 = 1 run run
 * run   := count:varint commit:blob* signature:64      the commits in sequence; the signature is of the last
 * </pre>
 *
 * @param store in which store
 * @param author who
 * @param sequence the first number of which there are two
 * @param one commits from that number on
 * @param other commits from that number on
 */
public record ForkProof(StoreId store, Author author, long sequence, Run one, Run other) {
    private static final int VERSION = 1;
    private static final int SIGNATURE_BYTES = 64;
    private static final Pattern KEY = Pattern.compile("/peers/([0-9a-f]{64})/forked/([0-9a-f]{64})/([0-9a-f]{16})");

    /** Commits in sequence, of which the last is signed. */
    public record Run(List<byte[]> commits, byte[] signature) {
        public Run {
            commits = List.copyOf(commits);
        }
    }

    /** Where it stands. */
    public String key() {
        return "/peers/" + author.node().hex() + "/forked/" + store.hex() + "/" + HexFormat.of().toHexDigits(author.epoch());
    }

    Fork fork() {
        return new Fork(author.node(), new Chain(store, author.epoch()), sequence);
    }

    static boolean isKey(String path) {
        return KEY.matcher(path).matches();
    }

    public byte[] encode() {
        ByteWriter out = new ByteWriter(1024).u8(VERSION);
        for (Run run : List.of(one, other)) {
            out.varint(run.commits.size());
            run.commits.forEach(out::blob);
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
        List<Run> runs = new ArrayList<>();
        List<Commit> firsts = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            List<byte[]> commits = new ArrayList<>();
            for (int left = in.varint(in.remaining()); left > 0; left--) {
                commits.add(in.blob(CommitCodec.MAX_BYTES));
            }
            Run run = new Run(commits, in.raw(SIGNATURE_BYTES));
            firsts.add(check(store, author, run));
            runs.add(run);
        }
        in.expectEnd("a proof");
        boolean parted = firsts.get(0).sequence() == firsts.get(1).sequence()
                && firsts.get(0).previous().equals(firsts.get(1).previous())
                && !Hash.of(runs.get(0).commits.get(0)).equals(Hash.of(runs.get(1).commits.get(0)));
        if (!parted) {
            throw new FormatException("two runs do not part where they start");
        }
        return new ForkProof(store, author, firsts.get(0).sequence(), runs.get(0), runs.get(1));
    }

    /** @return the first commit of a run, which is one chain and ends in a signature */
    private static Commit check(StoreId store, Author author, Run run) throws FormatException {
        Commit first = null;
        Commit before = null;
        Hash hash = Hash.NONE;
        for (byte[] bytes : run.commits) {
            Commit commit = CommitCodec.decode(bytes);
            boolean founding = commit.store().equals(Hash.NONE) && Hash.of(bytes).hex().equals(store.hex());
            if (!commit.author().equals(author) || !founding && !commit.store().hex().equals(store.hex())
                    || before != null && (commit.sequence() != before.sequence() + 1 || !commit.previous().equals(hash))) {
                throw new FormatException("a run is not one chain of that author");
            }
            first = first == null ? commit : first;
            before = commit;
            hash = Hash.of(bytes);
        }
        if (first == null || !Identity.verify(author.node(), hash, run.signature)) {
            throw new FormatException("a run does not end in a signature of that author");
        }
        return first;
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
