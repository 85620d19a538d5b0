package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Objects;
import lattice.api.store.Author;
import lattice.api.store.Entry;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Crc;
import lattice.kernel.internal.codec.FormatException;

/**
 * What is in force at a key: a value, or a deletion, which is kept so that an older write that comes late still loses.
 *
 * <pre>
 * cell := crc:u32 flags:u8 author:40 version revision:varint touched-revision:varint [overwrote:version] [judged:varint] value
 * </pre>
 *
 * <p>The CRC32C covers the key and all that follows it. Flags: 1 there is a value, 2 concurrent, 4 overwrote something,
 * 8 judged.
 *
 * @param version which write it was
 * @param overwrote the version that its author saw there; null if none
 * @param concurrent whether it won over a write that its author had not seen
 * @param revision this node's revision at which it became visible
 * @param touched this node's revision of the last commit that wrote the key, whatever became of that
 * @param value the value, not to be modified; null if it is a deletion
 * @param judged this node's revision at which all earlier writes to the key were judged again, so that nothing of what was
 *     made of them before counts; 0 if they never were
 */
public record Cell(Version version, Version overwrote, boolean concurrent, long revision, long touched, byte[] value,
        long judged) {
    /** Where the author stands in an encoded cell. */
    static final int AUTHOR_AT = 5;

    private static final int VALUE = 1;
    private static final int CONCURRENT = 2;
    private static final int OVERWROTE = 4;
    private static final int JUDGED = 8;

    /** One whose key's writes were never judged again. */
    public Cell(Version version, Version overwrote, boolean concurrent, long revision, long touched, byte[] value) {
        this(version, overwrote, concurrent, revision, touched, value, 0);
    }

    public boolean isDeletion() {
        return value == null;
    }

    /** Whether both are of one write. The version alone does not say: who makes two histories may give two writes the same. */
    public boolean isSameWriteAs(Cell other) {
        return version.equals(other.version) && Arrays.equals(value, other.value);
    }

    /** As readers see it; not of a deletion. */
    public Entry entry(Key key) {
        return new Entry(key, value, version, revision, concurrent);
    }

    /** The same, written to by a later commit that made no difference to it, or marked it as concurrent. */
    public Cell touchedBy(long laterRevision, boolean nowConcurrent) {
        return new Cell(version, overwrote, nowConcurrent, revision, laterRevision, value, judged);
    }

    /** The same, in force from a revision at which all earlier writes to the key were judged again. */
    public Cell judgedAt(long itsRevision) {
        return new Cell(version, overwrote, concurrent, itsRevision, itsRevision, value, itsRevision);
    }

    /** What is in its place once it was judged void: as if nobody had ever written the key, so that whatever comes later wins. */
    public Cell voidedAt(long itsRevision) {
        Version never = new Version(HybridTime.ZERO, new Author(version.author().node(), 0), 0);
        return new Cell(never, null, false, itsRevision, itsRevision, null, itsRevision);
    }

    /** About how much memory it takes. */
    public int weight() {
        return 160 + (value == null ? 0 : value.length);
    }

    public byte[] encode(byte[] key) {
        ByteWriter out = new ByteWriter(96 + (value == null ? 0 : value.length));
        encode(key, out);
        return out.toBytes();
    }

    /** Writes it behind what is there. */
    void encode(byte[] key, ByteWriter out) {
        int start = out.length();
        out.u32(0);
        out.u8((value == null ? 0 : VALUE) | (concurrent ? CONCURRENT : 0) | (overwrote == null ? 0 : OVERWROTE)
                | (judged == 0 ? 0 : JUDGED));
        Authors.write(out, version.author());
        Authors.writeVersion(out, version, version.author());
        out.varint(revision).varint(touched - revision);
        if (overwrote != null) {
            Authors.writeVersion(out, overwrote, version.author());
        }
        if (judged != 0) {
            out.varint(judged);
        }
        if (value != null) {
            out.raw(value);
        }
        out.setU32(start, crc(key, out.buffer(), start, out.length() - start));
    }

    /** @throws FormatException if it is damaged, or belongs to another key */
    public static Cell decode(byte[] key, byte[] bytes) throws FormatException {
        ByteReader in = new ByteReader(bytes);
        if (in.u32() != crc(key, bytes, 0, bytes.length)) {
            throw new FormatException("the checksum of a value is wrong");
        }
        int flags = in.u8();
        Author author = Authors.read(in);
        Version version = Authors.readVersion(in, author);
        long revision = in.varint();
        long touched = revision + in.varint();
        Version overwrote = (flags & OVERWROTE) != 0 ? Authors.readVersion(in, author) : null;
        long judged = (flags & JUDGED) != 0 ? in.varint() : 0;
        byte[] value = (flags & VALUE) != 0 ? in.raw(in.remaining()) : null;
        in.expectEnd("a value");
        return new Cell(version, overwrote, (flags & CONCURRENT) != 0, revision, touched, value, judged);
    }

    private static int crc(byte[] key, byte[] bytes, int start, int length) {
        return Crc.of(key) * 31 + Crc.of(bytes, start + 4, length - 4);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cell that && version.equals(that.version)
                && Objects.equals(overwrote, that.overwrote) && concurrent == that.concurrent
                && revision == that.revision && touched == that.touched && judged == that.judged && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return version.hashCode();
    }
}
