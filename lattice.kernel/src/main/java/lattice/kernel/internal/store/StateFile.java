package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.Mark;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.CellRuns;
import lattice.kernel.internal.view.ConflictRule;

/**
 * The state of a store at a checkpoint: a {@link CellFile} whose cells have revision 0, as revisions are each node's own. It is
 * a function of the commits that the checkpoint covers, so all nodes that hold them make the same file, byte for byte. It says
 * about itself
 *
 * <pre>
 * about := version:u8 = 1 store:32 number:varint
 *          count:varint (author:40 sequence:varint hash:32 time:u64)*     the last commit covered of each author, by author
 *          count:varint commit:blob*                                      a root store's control commits, by author and number
 * </pre>
 */
final class StateFile {
    private static final int VERSION = 1;

    private StateFile() {
    }

    /** The last commit of an author that is covered. */
    record Covered(long sequence, Hash hash, HybridTime time) {
        static final Covered NONE = new Covered(0, Hash.NONE, HybridTime.ZERO);
    }

    /** What a file says about itself. */
    record About(Hash store, long number, Map<Author, Covered> covered, List<byte[]> control) {
        About {
            covered = Map.copyOf(covered);
            control = List.copyOf(control);
        }

        boolean covers(Commit commit) {
            return commit.sequence() <= covered.getOrDefault(commit.author(), Covered.NONE).sequence;
        }

        byte[] encode() {
            ByteWriter out = new ByteWriter(1024).u8(VERSION);
            store.write(out);
            out.varint(number).varint(covered.size());
            new TreeMap<>(covered).forEach((author, last) -> {
                Authors.write(out, author);
                out.varint(last.sequence);
                last.hash.write(out);
                out.u64(last.time.bits());
            });
            out.varint(control.size());
            control.forEach(out::blob);
            return out.toBytes();
        }

        static About decode(byte[] bytes) throws FormatException {
            ByteReader in = new ByteReader(bytes);
            if (in.u8() != VERSION) {
                throw new FormatException("the state of a checkpoint is of an unknown format");
            }
            Hash store = Hash.read(in);
            long number = in.varint();
            Map<Author, Covered> covered = new HashMap<>();
            for (int i = in.varint(in.remaining()); i > 0; i--) {
                covered.put(Authors.read(in), new Covered(in.varint(), Hash.read(in), Authors.readTime(in)));
            }
            List<byte[]> control = new ArrayList<>();
            for (int i = in.varint(in.remaining()); i > 0; i--) {
                control.add(in.blob(CommitCodec.MAX_BYTES));
            }
            in.expectEnd("what the state of a checkpoint says about itself");
            return new About(store, number, covered, control);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof About that && Arrays.equals(encode(), that.encode());
        }

        @Override
        public int hashCode() {
            return store.hashCode();
        }
    }

    static About about(FileLayer files, Path file) throws IOException {
        try (CellFile.Reader reader = new CellFile.Reader(files, file)) {
            return about(reader);
        }
    }

    private static About about(CellFile.Reader reader) throws IOException {
        try {
            return About.decode(reader.about());
        } catch (FormatException e) {
            throw new IOException("The state of a checkpoint can't be read: " + e.getMessage() + ".", e);
        }
    }

    /** The SHA-256 of a file. */
    static Hash hash(FileLayer files, Path file) throws IOException {
        MessageDigest sha = Hash.sha256();
        long size = files.size(file);
        try (OpenFile open = files.read(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            for (long place = 0; place < size; place += buffer.position()) {
                buffer.clear();
                open.read(buffer, place);
                if (buffer.position() == 0) {
                    throw new IOException(file + " ends too early.");
                }
                sha.update(buffer.array(), 0, buffer.position());
            }
        }
        return Hash.from(sha.digest(), 0);
    }

    /** Whether a transaction of a commit that the checkpoint covers counts for nothing. */
    interface Judge {
        boolean isVoid(Commit commit, Hash hash, TransactionSection transaction);
    }

    /**
     * What the log lacks, so that the state of a checkpoint can't be made here: other commits are held, or none.
     */
    static final class LacksException extends IOException {
        private static final long serialVersionUID = 1L;

        LacksException(String message) {
            super(message);
        }
    }

    /**
     * Makes the state of a checkpoint.
     *
     * @param before the state of the checkpoint before; null for none
     * @param target where to write it; must not be there
     * @param marks the last commits to cover, of each author
     * @param horizon up to when deletions need not be kept
     * @param checkOpen asked again and again; what it throws ends the work
     * @return what it says about itself
     */
    static About build(FileLayer files, Hash store, boolean root, long number, CommitLog log, Path before, Path target,
            Map<Author, Mark> marks, HybridTime horizon, Judge judge, Runnable checkOpen) throws IOException {
        Map<Author, Covered> covered = new HashMap<>();
        TreeMap<Place, byte[]> control = new TreeMap<>();
        try (CellRuns runs = new CellRuns(files, target.resolveSibling(target.getFileName() + ".runs"), false);
                CellFile.Reader old = before == null ? null : new CellFile.Reader(files, before)) {
            files.createDirectories(target.resolveSibling(target.getFileName() + ".runs"));
            if (old != null) {
                About about = about(old);
                covered.putAll(about.covered());
                for (byte[] bytes : about.control()) {
                    Commit commit = CommitCodec.decode(bytes);
                    control.put(new Place(commit.author(), commit.sequence()), bytes);
                }
            }
            Map<Author, Long> from = new HashMap<>();
            covered.forEach((author, last) -> from.put(author, last.sequence));
            try (LogReader reader = log.readAll()) {
                for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                    checkOpen.run();
                    if (record.get() instanceof LogRecord.OfCommit of && of.stage() != Stage.RELEASED) {
                        Commit commit = CommitCodec.decode(of.commit());
                        Mark mark = marks.get(commit.author());
                        if (mark != null && commit.sequence() <= mark.sequence()
                                && commit.sequence() > from.getOrDefault(commit.author(), 0L)) {
                            Hash hash = CommitCodec.hash(of.commit());
                            Covered last = covered.getOrDefault(commit.author(), Covered.NONE);
                            if (commit.sequence() > last.sequence) {
                                covered.put(commit.author(), new Covered(commit.sequence(), hash, commit.time()));
                            }
                            add(commit, hash, runs, judge);
                            if (root && ControlCommits.isControl(commit)) {
                                control.put(new Place(commit.author(), commit.sequence()), of.commit());
                            }
                        }
                    }
                }
            }
            for (Map.Entry<Author, Mark> mark : marks.entrySet()) {
                Covered last = covered.getOrDefault(mark.getKey(), Covered.NONE);
                if (last.sequence < mark.getValue().sequence() || !last.hash.equals(mark.getValue().hash())) {
                    throw new LacksException("commit " + mark.getValue().sequence() + " of node "
                            + mark.getKey().node().shortId() + " is not held here, or another one is");
                }
            }
            About about = new About(store, number, covered, List.copyOf(control.values()));
            try (CellFile.Writer writer = new CellFile.Writer(files, target, about.encode())) {
                for (Iterator<Map.Entry<byte[], byte[]>> cells = runs.merged(old); cells.hasNext();) {
                    checkOpen.run();
                    Map.Entry<byte[], byte[]> next = cells.next();
                    Cell cell = Cell.decode(next.getKey(), next.getValue());
                    if (!cell.isDeletion() || cell.version().time().compareTo(horizon) > 0) {
                        writer.add(next.getKey(), next.getValue());
                    }
                }
                writer.finish();
            }
            return about;
        } catch (FormatException e) {
            throw new IOException("A commit or a value can't be read: " + e.getMessage() + ".", e);
        } finally {
            files.delete(target.resolveSibling(target.getFileName() + ".runs"));
        }
    }

    private record Place(Author author, long sequence) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byAuthor = author.compareTo(other.author);
            return byAuthor != 0 ? byAuthor : Long.compare(sequence, other.sequence);
        }
    }

    private static void add(Commit commit, Hash hash, CellRuns runs, Judge judge) throws IOException {
        int index = 0;
        boolean needsNewerNode = commit.needsNewerNode();
        for (TransactionSection transaction : commit.transactions()) {
            boolean isVoid = needsNewerNode || judge.isVoid(commit, hash, transaction);
            for (Write write : transaction.writes()) {
                if (!isVoid) {
                    runs.put(write.key(), ConflictRule.merge(runs.get(write.key()), new Version(commit.time(), commit.author(),
                            index), write.overwrote(), write.value(), 0).cell());
                }
                index++;
            }
        }
    }
}
