package lattice.kernel.internal.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;

/**
 * The log of a store: the truth that all else is made from. One thread appends (add records, then {@link #append} and
 * {@link #sync}); any number of {@link LogReader}s read what is durable. {@link SegmentFormat} has the layout.
 *
 * <p>After an I/O error the log takes nothing more until {@link #recover} has cut it back to what is durable and started a
 * new segment: what an fsync that failed has left in the page cache may not be what is on disk.
 */
public final class CommitLog implements Closeable {
    /** A segment that is this long gets no more records. */
    public static final long SEGMENT_BYTES = 64L * 1024 * 1024;
    /** So many bytes lie between two records whose places are kept by their revision. */
    public static final long INDEX_EVERY = 128 * 1024;

    private static final int ALLOCATION = 256 * 1024;
    private static final String COPY = "copy.unfinished";
    /** Of shorter segments none is made beforehand. */
    private static final long MIN_SPARE_BYTES = 64 * 1024;
    /** Nor if it takes longer than this until one is half full: few writes wait for the disk then. */
    private static final long SPARE_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(ALLOCATION).asReadOnlyBuffer();

    /** What the log holds, as found when it was opened. Called in the order of the log. */
    public interface Visitor {
        /**
         * @param place where the record starts in the log
         * @param body its body
         * @throws FormatException if it can't be read: it is then damaged
         */
        void record(long place, byte[] body) throws IOException, FormatException;

        /** What was confirmed durable is damaged here. */
        void damaged(Damage damage);

        /**
         * The log ends in something that nobody was promised.
         *
         * @param damage where, and how much
         * @return whether to cut it off now
         */
        boolean torn(Damage damage) throws IOException;
    }

    /** A segment and where it stands in the log. */
    record Segment(long base, long firstRevision, Path path, SegmentFormat.Head head) {
    }

    private final FileLayer files;
    private final Path directory;
    private final Hash store;
    private final long logId;
    private final String id;
    private final int salt;
    private final long segmentBytes;
    private final SpareSegment spare;
    private volatile long reserve;
    private final ConcurrentSkipListMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Long, Long> placesByRevision = new ConcurrentSkipListMap<>();
    /** Damaged parts by the place where they start, with the place where they end. */
    private final ConcurrentSkipListMap<Long, Long> damaged = new ConcurrentSkipListMap<>();

    private final ByteWriter batch = new ByteWriter(64 * 1024);
    private final CRC32C headCrc = new CRC32C();
    private OpenFile tailFile;
    private Segment tail;
    private long written;
    private long allocated;
    private long tailSince = System.nanoTime();
    private boolean spareAsked;
    private long lastIndexed;
    private int recordStart;
    private boolean broken;
    private volatile long durable;
    private volatile Consumer<Damage> onDamage = damage -> { };

    private CommitLog(FileLayer files, Path directory, Hash store, long logId, int salt, long segmentBytes) {
        this.files = files;
        this.directory = directory;
        this.store = store;
        this.logId = logId;
        id = String.format("%016x", logId);
        this.salt = salt;
        this.segmentBytes = segmentBytes;
        spare = new SpareSegment(files, directory, segmentBytes);
    }

    /** Makes a log in a directory that has none. */
    public static CommitLog create(FileLayer files, Path directory, Hash store, long firstRevision, long segmentBytes)
            throws IOException {
        files.createDirectories(directory);
        if (!segmentBases(files, directory).isEmpty()) {
            throw new IOException("There is a log in " + directory + " already.");
        }
        SecureRandom random = new SecureRandom();
        CommitLog log = new CommitLog(files, directory, store, random.nextLong(), random.nextInt(), segmentBytes);
        log.startSegment(0, firstRevision);
        files.syncDirectory(directory.getParent());
        return log;
    }

    /** Whether there is a log in a directory. */
    public static boolean exists(FileLayer files, Path directory) throws IOException {
        return !segmentBases(files, directory).isEmpty();
    }

    /**
     * Opens a log and reads it from a place on.
     *
     * @param from where to start: 0, or a place where a record starts
     * @param confirmed how much of the log is known, from elsewhere, to have been durable
     */
    public static CommitLog open(FileLayer files, Path directory, Hash store, long from, long confirmed,
            long segmentBytes, Visitor visitor) throws IOException {
        List<Long> bases = segmentBases(files, directory);
        List<Segment> segments = new ArrayList<>();
        SegmentFormat.Head any = null;
        for (long base : bases) {
            Path path = directory.resolve(SegmentFormat.fileName(base));
            try (OpenFile file = files.read(path)) {
                Optional<SegmentFormat.Head> head = SegmentFormat.readHead(file, path);
                if (head.isPresent()) {
                    any = head.get();
                    if (!any.store().equals(store)) {
                        throw new IOException(path + " belongs to store " + any.store() + ", not to " + store
                                + ": move it away.");
                    }
                }
                segments.add(new Segment(base, head.map(SegmentFormat.Head::firstRevision).orElse(-1L), path,
                        head.orElse(null)));
            }
        }
        if (any == null) {
            throw new IOException("The log in " + directory + " can't be read: no segment of it has a sound head. "
                    + "Restore the store from a backup.");
        }
        CommitLog log = new CommitLog(files, directory, store, any.logId(), any.salt(), segmentBytes);
        log.spare.clear();
        files.delete(directory.resolve(COPY));
        log.goOnBehind(new LogScan(files, directory, any, visitor).read(segments, from, confirmed));
        return log;
    }

    private void goOnBehind(LogScan.Found found) throws IOException {
        segments.putAll(found.segments());
        damaged.putAll(found.damaged());
        tail = segments.lastEntry().getValue();
        tailFile = files.write(tail.path());
        written = Math.max(found.end(), tail.base() + SegmentFormat.HEAD_BYTES);
        allocated = tail.base() + files.size(tail.path());
        durable = written;
    }

    /** About how many bytes the log in a directory has from a place on. */
    public static long bytesFrom(FileLayer files, Path directory, long place) throws IOException {
        List<Long> bases = segmentBases(files, directory);
        if (bases.isEmpty()) {
            return 0;
        }
        long last = bases.get(bases.size() - 1);
        return Math.max(0, last + files.size(directory.resolve(SegmentFormat.fileName(last))) - Math.max(place, bases.get(0)));
    }

    private static List<Long> segmentBases(FileLayer files, Path directory) throws IOException {
        List<Long> bases = new ArrayList<>();
        for (String name : files.list(directory)) {
            if (name.matches("[0-9a-f]{16}\\" + SegmentFormat.SUFFIX)) {
                bases.add(Long.parseUnsignedLong(name.substring(0, 16), 16));
            }
        }
        bases.sort(Comparator.naturalOrder());
        return bases;
    }

    /** Names this log; positions in another one mean nothing here. */
    public String id() {
        return id;
    }

    /** The place behind the last record that is durable. */
    public long end() {
        return durable;
    }

    /** The place of the oldest segment that is still there. */
    public long start() {
        return segments.firstKey();
    }

    /** The lowest revision that the log still holds all commits after. */
    public long firstRevision() {
        return segments.firstEntry().getValue().firstRevision();
    }

    /** The log's size on disk. */
    public long bytes() {
        return allocated - start();
    }

    /** Whether the next segment is there already. */
    boolean hasSpare() {
        return spare.isReady();
    }

    /** Whether the log has a part that is damaged. */
    public boolean isDamaged() {
        return !damaged.isEmpty();
    }

    /** Whether an error has left the log so that only {@link #recover} makes it fit for use again. */
    public boolean isBroken() {
        return broken;
    }

    /** Starts a record; its body is what the caller writes before {@link #endRecord}. */
    public ByteWriter startRecord(long revision) throws IOException {
        if (batch.length() == 0 && written - tail.base() >= segmentBytes) {
            rollTo(revision);
        }
        recordStart = batch.length();
        batch.reserve(SegmentFormat.RECORD_HEAD_BYTES);
        return batch;
    }

    /** Finishes a record. @return where it will be in the log */
    public long endRecord(long revision) {
        long place = written + recordStart;
        SegmentFormat.seal(batch, recordStart, durable, salt, place, headCrc);
        if (place - lastIndexed >= INDEX_EVERY || placesByRevision.isEmpty()) {
            placesByRevision.putIfAbsent(revision, place);
            lastIndexed = place;
        }
        return place;
    }

    /** Drops the records that were added since the last {@link #append}. */
    public void discard() {
        NavigableMap<Long, Long> indexed = placesByRevision;
        indexed.values().removeIf(place -> place >= written);
        batch.clear();
    }

    /** Writes the records that were added; they are not durable yet. */
    public void append() throws IOException {
        if (batch.length() == 0) {
            return;
        }
        long end = written + batch.length();
        long base = tail.base();
        if (end > allocated) {
            checkRoom();
        }
        broken = true;
        tailFile.write(ByteBuffer.wrap(batch.buffer(), 0, batch.length()), written - base);
        if (end > allocated) {
            long ahead = Math.min(end + ALLOCATION, Math.max(end, base + segmentBytes));
            if (ahead > end) {
                tailFile.write(ZEROS.duplicate().limit((int) (ahead - end)), end - base);
            }
            allocated = ahead;
        }
        written = end;
        broken = false;
        batch.clear();
        if (!spareAsked && written - base >= segmentBytes / 2) {
            spareAsked = true;
            if (segmentBytes >= MIN_SPARE_BYTES && System.nanoTime() - tailSince < SPARE_NANOS
                    && files.usableSpace(directory) > reserve + 2 * segmentBytes) {
                spare.prepare();
            }
        }
    }

    /**
     * Leaves so much of the disk free, for what must go on when it is nearly full: the view grows by what is in the log
     * already.
     */
    public void reserve(long bytes) {
        reserve = bytes;
    }

    private void checkRoom() throws IOException {
        long usable = files.usableSpace(directory);
        if (usable < reserve) {
            throw new IOException("only " + (usable >> 20) + " MiB are left on the disk of " + directory + ", and the last "
                    + (reserve >> 20) + " MiB are kept for what was written already: make room");
        }
    }

    /** Makes what was appended durable. */
    public void sync() throws IOException {
        broken = true;
        tailFile.sync();
        broken = false;
        durable = written;
    }

    /** Whether the last segment holds something, and nothing was written to it since a time, in milliseconds since 1970 UTC. */
    public boolean isTailOlderThan(long millis) throws IOException {
        Segment last = segments.lastEntry().getValue();
        return durable - last.base() > SegmentFormat.HEAD_BYTES && files.lastModified(last.path()) < millis;
    }

    /**
     * Starts a new segment, so that what is in the last one can be dropped. By the thread that appends.
     *
     * @param nextRevision the revision of the next commit
     * @return the place where the new segment starts
     */
    public long roll(long nextRevision) throws IOException {
        if (broken || batch.length() > 0) {
            throw new IOException("The log can't start a segment while a write to it is under way or has failed.");
        }
        rollTo(nextRevision);
        return tail.base();
    }

    private void rollTo(long firstRevision) throws IOException {
        broken = true;
        tailFile.truncate(written - tail.base());
        sync();
        broken = true;
        startSegment(written, firstRevision);
        broken = false;
    }

    private void startSegment(long base, long firstRevision) throws IOException {
        Path path = directory.resolve(SegmentFormat.fileName(base));
        SegmentFormat.Head head = new SegmentFormat.Head(store, logId, salt, base, firstRevision);
        byte[] bytes = SegmentFormat.encode(head);
        // An attempt that failed may have left one.
        files.delete(path);
        Optional<OpenFile> prepared = spare.take();
        OpenFile file = prepared.isPresent() ? prepared.get() : files.create(path);
        try {
            file.write(ByteBuffer.wrap(bytes), 0);
            file.sync();
            if (prepared.isPresent()) {
                files.rename(spare.path(), path);
            }
            files.syncDirectory(directory);
        } catch (IOException e) {
            file.close();
            files.delete(path);
            throw e;
        }
        if (tailFile != null) {
            tailFile.close();
        }
        tailFile = file;
        tail = new Segment(base, firstRevision, path, head);
        segments.put(base, tail);
        written = base + bytes.length;
        allocated = prepared.isPresent() ? base + segmentBytes : written;
        durable = written;
        tailSince = System.nanoTime();
        spareAsked = false;
        placesByRevision.putIfAbsent(firstRevision, written);
        lastIndexed = written;
    }

    /**
     * Makes the log fit for use after an I/O error: what is not known to be durable is cut off, and a new segment started.
     *
     * @param nextRevision the revision of the next commit
     * @throws IOException if the disk still refuses; call again later
     */
    public void recover(long nextRevision) throws IOException {
        checkRoom();
        discard();
        tailFile.close();
        tailFile = files.write(tail.path());
        tailFile.truncate(durable - tail.base());
        tailFile.sync();
        written = durable;
        allocated = durable;
        broken = false;
        if (durable - tail.base() > SegmentFormat.HEAD_BYTES) {
            startSegment(durable, nextRevision);
        }
    }

    /** Starts a reader at the first record whose revision may be {@code revision}; it may find some before it. */
    public LogReader readFrom(long revision) {
        Map.Entry<Long, Long> indexed = placesByRevision.floorEntry(revision);
        Segment segment = segments.firstEntry().getValue();
        for (Segment candidate : segments.values()) {
            if (candidate.firstRevision() >= 0 && candidate.firstRevision() <= revision) {
                segment = candidate;
            }
        }
        long place = segment.base() + SegmentFormat.HEAD_BYTES;
        if (indexed != null && indexed.getValue() > place) {
            place = indexed.getValue();
        }
        return new LogReader(this, place, false);
    }

    /** Reads all that is there, and goes on behind what is dropped before it is read. */
    public LogReader readAll() {
        return new LogReader(this, start() + SegmentFormat.HEAD_BYTES, true);
    }

    /**
     * The place up to which segments may be dropped so that no more than so much of the log is kept, or none that is older.
     *
     * @param bytes how much to keep, at least
     * @param millis segments that were last written before are not kept
     */
    public long retention(long bytes, long millis) throws IOException {
        long place = start();
        for (Segment segment : segments.values()) {
            Long next = segments.higherKey(segment.base());
            boolean old = next != null && files.lastModified(segment.path()) < millis;
            if (next == null || !old && durable - next < bytes) {
                break;
            }
            place = next;
        }
        return place;
    }

    /**
     * The segments that lie wholly below a place and hold no revision above one, in order, each by the place where it starts.
     */
    public List<Long> segmentsBelow(long place, long revision) {
        List<Long> below = new ArrayList<>();
        for (Long base : segments.keySet()) {
            Map.Entry<Long, Segment> next = segments.higherEntry(base);
            if (next == null || next.getKey() > place || next.getValue().firstRevision() < 1
                    || next.getValue().firstRevision() - 1 > revision) {
                break;
            }
            below.add(base);
        }
        return below;
    }

    /** Where the segment ends that starts at {@code base}. */
    public long endOfSegment(long base) {
        return endOf(base);
    }

    /** Removes the oldest segments. What comes before them must be in snapshots. */
    public void drop(List<Long> bases) throws IOException {
        for (long base : bases) {
            if (base != start() || segments.size() == 1) {
                throw new IllegalArgumentException("Only the oldest segments can be dropped, and not the last.");
            }
            Segment oldest = segments.remove(base);
            placesByRevision.headMap(firstRevision()).clear();
            damaged.headMap(start()).clear();
            files.delete(oldest.path());
        }
        files.syncDirectory(directory);
    }

    /** Has somebody told when a reader comes upon damage; must return at once. */
    public void onDamage(Consumer<Damage> listener) {
        onDamage = listener;
    }

    /** Takes note of damage that a reader came upon. */
    void report(long start, Damage damage) {
        if (damaged.putIfAbsent(start, start + damage.bytes()) == null) {
            onDamage.accept(damage);
        }
    }

    /** The damaged parts that are known: where each starts, with where it ends. */
    public NavigableMap<Long, Long> damagedParts() {
        return new TreeMap<>(damaged);
    }

    /**
     * Gives up what a damaged part has held: fills it with records that say so, which makes the log sound again. What the part
     * has done to the state must be safe elsewhere, or known to be lost. Called by the thread that appends.
     *
     * @param start where the part starts: at a record, or at a segment whose head is damaged
     * @param end where it ends, at most what is durable
     * @throws IOException if it can't be written; it is then as damaged as it was
     */
    public void fill(long start, long end) throws IOException {
        Map.Entry<Long, Segment> holder = segments.floorEntry(start);
        if (holder == null || end > durable || end <= start) {
            throw new IOException("There is no part of the log from " + start + " to " + end + ".");
        }
        Segment segment = holder.getValue();
        try (OpenFile file = files.write(segment.path())) {
            SegmentRepair repair = new SegmentRepair(segment, file, durable);
            long at = start - segment.base();
            if (repair.isSound(at)) {
                // It was read wrongly once, by memory or cable; there is nothing to give up.
                damaged.remove(start);
                return;
            }
            if (at < SegmentFormat.HEAD_BYTES) {
                SegmentFormat.Head head = new SegmentFormat.Head(store, logId, salt, segment.base(),
                        firstRevisionIn(segment, repair));
                file.write(ByteBuffer.wrap(SegmentFormat.encode(head)), 0);
                segments.put(segment.base(), new Segment(segment.base(), head.firstRevision(), segment.path(), head));
                at = SegmentFormat.HEAD_BYTES;
            }
            try {
                repair.writeLoss(file, at, end - segment.base());
                file.sync();
            } catch (IOException e) {
                // What can't be read can often not be written either, but another place on the disk can.
                putCopyInPlace(segment, repair, at, end - segment.base());
            }
        }
        placesByRevision.values().removeIf(place -> place > start && place < end);
        damaged.remove(start);
    }

    /** Has a segment be a copy of itself, in which stands between two offsets that what stood there is lost. */
    private void putCopyInPlace(Segment segment, SegmentRepair repair, long from, long to) throws IOException {
        Path unfinished = directory.resolve(COPY);
        repair.copyWithLoss(files, unfinished, from, to);
        boolean isTail = segment.base() == tail.base();
        // What is appended must go into the copy, and only once that surely has the name.
        broken |= isTail;
        files.rename(unfinished, segment.path());
        if (isTail) {
            tailFile.close();
            tailFile = files.write(segment.path());
        }
        files.syncDirectory(directory);
        if (isTail) {
            broken = false;
        }
    }

    /** The first revision that a segment has or, if it has none, that comes behind it. */
    private long firstRevisionIn(Segment segment, SegmentRepair repair) throws IOException {
        OptionalLong inside = repair.firstRevision(endOf(segment.base()) - segment.base());
        if (inside.isPresent()) {
            return inside.getAsLong();
        }
        Map.Entry<Long, Segment> next = segments.higherEntry(segment.base());
        if (next == null || next.getValue().firstRevision() < 0) {
            throw new IOException("Which revisions " + segment.path() + " held is not known.");
        }
        return next.getValue().firstRevision();
    }

    /** Starts a reader at a place where a record starts. */
    public LogReader readAt(long place) {
        return new LogReader(this, Math.max(place, start() + SegmentFormat.HEAD_BYTES), false);
    }

    /** The segment that holds a place, if it is still there. */
    Optional<Segment> segmentAt(long place) {
        return Optional.ofNullable(segments.floorEntry(place)).map(Map.Entry::getValue);
    }

    /** Where the segment ends that starts at {@code base}: where the next one starts, or what is durable. */
    long endOf(long base) {
        Long next = segments.higherKey(base);
        return next == null ? durable : Math.min(next, durable);
    }

    /** The end of the damaged part that holds a place, -1 if it is sound. */
    long damagedUntil(long place) {
        Map.Entry<Long, Long> part = damaged.floorEntry(place);
        return part != null && place < part.getValue() ? part.getValue() : -1;
    }

    /** The file system that it is kept on. */
    public FileLayer files() {
        return files;
    }

    /** Notes where a revision is, for readers. */
    public void index(long revision, long place) {
        placesByRevision.putIfAbsent(revision, place);
    }

    /** Frees what was allocated ahead, makes all durable and closes the log; after an error, what was durable before. */
    @Override
    public void close() throws IOException {
        spare.close();
        try (OpenFile file = tailFile) {
            long end = broken ? durable : written;
            file.truncate(end - tail.base());
            file.sync();
            durable = end;
        }
    }
}
