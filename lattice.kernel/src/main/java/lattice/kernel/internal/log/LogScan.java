package lattice.kernel.internal.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;

/** Reads a log when it is opened: where it ends, and what of it is damaged. Cuts off what was never finished. Good for one reading. */
final class LogScan {
    /**
     * What was found.
     *
     * @param segments by the place where they start
     * @param damaged damaged parts by the place where they start, with the place where they end
     * @param end the place behind the last record
     */
    record Found(NavigableMap<Long, CommitLog.Segment> segments, NavigableMap<Long, Long> damaged, long end) {
    }

    private final FileLayer files;
    private final Path directory;
    private final SegmentFormat.Head any;
    private final CommitLog.Visitor visitor;
    private final NavigableMap<Long, CommitLog.Segment> segments = new TreeMap<>();
    private final NavigableMap<Long, Long> damaged = new TreeMap<>();

    /** @param any the head of one of its segments */
    LogScan(FileLayer files, Path directory, SegmentFormat.Head any, CommitLog.Visitor visitor) {
        this.files = files;
        this.directory = directory;
        this.any = any;
        this.visitor = visitor;
    }

    /**
     * @param found the log's segments, the oldest first; without a head if both of a segment are damaged
     * @param from where to start: 0, or a place where a record starts
     * @param confirmedElsewhere how much of the log is known, from elsewhere, to have been durable
     */
    Found read(List<CommitLog.Segment> found, long from, long confirmedElsewhere) throws IOException {
        long confirmed = confirmedElsewhere;
        long end = found.get(0).base();
        for (int i = 0; i < found.size(); i++) {
            CommitLog.Segment segment = found.get(i);
            boolean last = i == found.size() - 1;
            long size = files.size(segment.path());
            if (segment.base() > end && i > 0) {
                markDamaged(new Damage(directory.resolve(SegmentFormat.fileName(end)), 0, segment.base() - end,
                        "A part of the log is missing: this segment, or the end of " + found.get(i - 1).path() + "."), end,
                        segment.base());
            }
            if (segment.head() == null) {
                if (last && confirmed <= segment.base() && !holdsRecord(segment, size)) {
                    // It was being made when the node died; nothing was confirmed in it.
                    if (visitor.torn(new Damage(segment.path(), 0, size, "The log's newest segment was never finished."))) {
                        files.delete(segment.path());
                        files.syncDirectory(directory);
                    }
                    break;
                }
                segment = new CommitLog.Segment(segment.base(), segment.firstRevision(), segment.path(), headOf(segment));
                markDamaged(new Damage(segment.path(), 0, SegmentFormat.HEAD_BYTES, "Both heads of a segment are damaged."),
                        segment.base(), segment.base() + SegmentFormat.HEAD_BYTES);
            } else if (segment.head().base() != segment.base() || segment.head().logId() != any.logId()) {
                throw new IOException(segment.path() + " is a segment of another log, or was renamed: move it away.");
            }
            segments.put(segment.base(), segment);
            long limit = last ? size : Math.min(size, found.get(i + 1).base() - segment.base());
            // A segment that ends early is sound up to there; what should come behind it is missing.
            long mustReach = last ? confirmed - segment.base() : limit;
            long start = Math.max(SegmentFormat.HEAD_BYTES, from - segment.base());
            if (!last && from >= found.get(i + 1).base()) {
                end = found.get(i + 1).base();
                continue;
            }
            try (OpenFile file = files.read(segment.path())) {
                end = segment.base() + scanSegment(file, segment, Math.min(start, Math.max(limit, 0)), limit, mustReach, last);
            }
            confirmed = Math.max(confirmed, end);
        }
        if (segments.isEmpty()) {
            throw new IOException("The log in " + directory + " holds nothing.");
        }
        return new Found(segments, damaged, end);
    }

    /** Whether a record of this log stands in a segment whose heads are damaged. */
    private boolean holdsRecord(CommitLog.Segment segment, long size) throws IOException {
        try (OpenFile file = files.read(segment.path())) {
            return new RecordScanner(file, headOf(segment), size).search(SegmentFormat.HEAD_BYTES) >= 0;
        }
    }

    /** @return where the sound part of the segment ends, in its file */
    private long scanSegment(OpenFile file, CommitLog.Segment segment, long start, long limit, long mustReach, boolean last)
            throws IOException {
        RecordScanner scanner = new RecordScanner(file, segment.head(), limit);
        long at = start;
        while (true) {
            if (scanner.find(at)) {
                long after = scanner.after(at);
                try {
                    visitor.record(segment.base() + at, scanner.body());
                } catch (FormatException e) {
                    markDamaged(new Damage(segment.path(), at, after - at,
                            "A record can't be read: " + e.getMessage() + "."), segment.base() + at, segment.base() + after);
                }
                at = after;
                continue;
            }
            if (at >= limit && at >= mustReach) {
                return at;
            }
            if (last && at >= mustReach && scanner.onlyZeros(at)
                    && !scanner.isUnreadable(at, Math.min(at + SegmentFormat.RECORD_HEAD_BYTES, limit))) {
                return at;
            }
            long next = scanner.search(at + 1);
            // Whether it was confirmed nobody can tell then, so nothing of it is cut off without a word.
            boolean unreadable = scanner.isUnreadable(at, next >= 0 ? next : limit);
            long proof = Math.max(segment.base() + mustReach, lastDurable(scanner, next));
            if (unreadable || proof > segment.base() + at) {
                long until = next >= 0 ? next : Math.max(at, Math.max(limit, mustReach));
                if (next < 0 && last) {
                    until = Math.max(unreadable ? scanner.behindUnreadable(at) : at, mustReach);
                }
                markDamaged(new Damage(segment.path(), at, until - at, scanner.objection(at, until)),
                        segment.base() + at, segment.base() + until);
                at = until;
                if (next < 0) {
                    if (last && limit > at && !scanner.onlyZeros(at)) {
                        cutOff(segment, at, limit);
                    }
                    return at;
                }
                continue;
            }
            cutOff(segment, at, limit);
            return at;
        }
    }

    private void cutOff(CommitLog.Segment segment, long at, long limit) throws IOException {
        if (!visitor.torn(new Damage(segment.path(), at, limit - at,
                "The log ended in a write that was never finished or confirmed; it was cut off."))) {
            return;
        }
        try (OpenFile file = files.write(segment.path())) {
            file.truncate(at);
            file.sync();
        }
    }

    /** The greatest proof of durability in the records from an offset on, -1 if there are none. */
    private static long lastDurable(RecordScanner scanner, long from) throws IOException {
        long greatest = -1;
        long at = from;
        while (at >= 0 && scanner.find(at)) {
            greatest = Math.max(greatest, scanner.durable());
            at = scanner.after(at);
            if (!scanner.find(at)) {
                at = scanner.search(at + 1);
            }
        }
        return greatest;
    }

    private void markDamaged(Damage damage, long start, long end) {
        damaged.put(start, end);
        visitor.damaged(damage);
    }

    private SegmentFormat.Head headOf(CommitLog.Segment segment) {
        return new SegmentFormat.Head(any.store(), any.logId(), any.salt(), segment.base(), 0);
    }
}
