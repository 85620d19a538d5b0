package lattice.kernel.internal.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.files.OpenFile;

/** Reads a log from a place to what is durable, and on from there as more becomes so. For one thread; with files of its own. */
public final class LogReader implements Closeable {
    private final CommitLog log;
    private final boolean skipsDropped;
    private long place;
    private long skipped;
    private long lastIndexed;
    private CommitLog.Segment segment;
    private OpenFile file;
    private RecordScanner scanner;

    /** @param skipsDropped whether to go on behind what is dropped from the log meanwhile; else that is an error */
    LogReader(CommitLog log, long place, boolean skipsDropped) {
        this.log = log;
        this.place = place;
        this.skipsDropped = skipsDropped;
        lastIndexed = place;
    }

    /** Where the next record starts. */
    public long place() {
        return place;
    }

    /** How many bytes were dropped before this had come to them. */
    public long skipped() {
        return skipped;
    }

    /**
     * The next record; empty if there is none yet.
     *
     * @throws DamagedLogException if it is damaged; the next call goes on behind the damage
     */
    public Optional<LogRecord> next() throws IOException {
        while (place < log.end()) {
            long soundFrom = log.damagedUntil(place);
            if (soundFrom >= 0) {
                Damage damage = new Damage(segmentPath(), place - segmentBase(), soundFrom - place,
                        "What was written to the log here is damaged.");
                place = soundFrom;
                throw new DamagedLogException(damage);
            }
            if (!open()) {
                continue;
            }
            long at = place - segment.base();
            if (!scanner.find(at)) {
                long start = place;
                long next = scanner.search(at + 1);
                long until = next < 0 ? scanner.end() : next;
                place = segment.base() + until;
                throw damaged(start, new Damage(segment.path(), at, until - at, scanner.objection(at, until)));
            }
            long start = place;
            place = segment.base() + scanner.after(at);
            try {
                LogRecord found = LogRecord.decode(scanner.body());
                if (found instanceof LogRecord.OfCommit commit && start - lastIndexed >= CommitLog.INDEX_EVERY) {
                    log.index(commit.revision(), start);
                    lastIndexed = start;
                }
                return Optional.of(found);
            } catch (FormatException e) {
                throw damaged(start, new Damage(segment.path(), at, place - start,
                        "A record of the log can't be read: " + e.getMessage() + "."));
            }
        }
        return Optional.empty();
    }

    /**
     * Takes the rest of the segment that this has come to for damaged, as it can't be read at all; the next call goes on behind.
     *
     * @param why a sentence
     */
    public Damage giveUpSegment(String why) throws IOException {
        CommitLog.Segment holder = log.segmentAt(place).orElseThrow(() -> new IOException(why));
        long start = Math.max(place, holder.base() + SegmentFormat.HEAD_BYTES);
        long end = log.endOf(holder.base());
        if (end <= start) {
            throw new IOException(why);
        }
        close();
        place = end;
        Damage damage = new Damage(holder.path(), start - holder.base(), end - start, why);
        log.report(start, damage);
        return damage;
    }

    private DamagedLogException damaged(long start, Damage damage) {
        log.report(start, damage);
        return new DamagedLogException(damage);
    }

    /** Says that the record between a place and where this has come to is damaged. */
    public Damage damageAt(long start, String what) {
        CommitLog.Segment holder = log.segmentAt(start).orElseThrow();
        return new Damage(holder.path(), start - holder.base(), place - start, what);
    }

    private Path segmentPath() {
        return log.segmentAt(place).map(CommitLog.Segment::path).orElseThrow();
    }

    private long segmentBase() {
        return log.segmentAt(place).map(CommitLog.Segment::base).orElseThrow();
    }

    /** Has a scanner over the segment that holds the place, as far as it is durable; false if the place moved on. */
    private boolean open() throws IOException {
        CommitLog.Segment holder = log.segmentAt(place).orElse(null);
        if (holder == null) {
            if (!skipsDropped) {
                throw new IOException("The part of the log at " + place + " was compacted away.");
            }
            skip();
            return false;
        }
        long end = log.endOf(holder.base());
        if (segment == null || segment.base() != holder.base()) {
            close();
            try {
                file = log.files().read(holder.path());
            } catch (NoSuchFileException e) {
                if (!skipsDropped || log.start() <= place) {
                    throw e;
                }
                skip();
                return false;
            }
            segment = holder;
            scanner = null;
            if (place < holder.base() + SegmentFormat.HEAD_BYTES) {
                place = holder.base() + SegmentFormat.HEAD_BYTES;
            }
        }
        if (place >= end) {
            return false;
        }
        if (scanner == null) {
            scanner = new RecordScanner(file, segment.head(), end - segment.base());
        }
        scanner.extendTo(end - segment.base());
        return true;
    }

    private void skip() {
        long start = log.start();
        skipped += start - place;
        place = start;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
        segment = null;
    }
}
