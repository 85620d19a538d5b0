package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.HistoryEntry;
import lattice.api.store.Key;
import lattice.api.store.StoreException;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.view.Cell;

/**
 * Reads the writes to a key from the log. Each record says at which revision each of its keys was written before, so this
 * reads one record for each write and not what lies between them. It looks at a bounded number of them: writes that came in
 * very late, behind more than that many others, are not shown.
 */
final class History {
    private static final int LOOK_AT_LEAST = 256;
    /** Who asks for large values would fill the memory of this node otherwise. */
    private static final long MAX_BYTES = 8L * 1024 * 1024;

    private final CommitLog log;

    History(CommitLog log) {
        this.log = log;
    }

    private record Found(Version version, Write write, Optional<ServiceId> service, long revision, Outcome outcome) {
        long bytes() {
            return write.value() == null ? 0 : write.value().length;
        }
    }

    /** @param cell what is in force at the key */
    List<HistoryEntry> of(Key key, Cell cell, int limit) {
        byte[] bytes = key.utf8();
        List<Found> found = new ArrayList<>();
        long revision = cell.touched();
        int most = (int) Math.min(Integer.MAX_VALUE, Math.max(LOOK_AT_LEAST, limit * 2L));
        long held = 0;
        while (revision > 0 && revision >= log.firstRevision() && found.size() < most && held < MAX_BYTES) {
            int before = found.size();
            revision = read(bytes, revision, found);
            held += found.subList(before, found.size()).stream().mapToLong(Found::bytes).sum();
        }
        // The same write may stand in two records: when it arrived, and when its time came.
        found.sort(Comparator.comparing(Found::version).reversed());
        List<HistoryEntry> entries = new ArrayList<>();
        Found next = null;
        for (Found write : found) {
            HistoryEntry.Outcome outcome;
            if (write.outcome == Outcome.VOID) {
                outcome = HistoryEntry.Outcome.VOID;
            } else {
                boolean seen = next != null && next.write.overwrote() != null
                        && next.write.overwrote().compareTo(write.version) >= 0;
                outcome = next == null ? HistoryEntry.Outcome.CURRENT
                        : seen ? HistoryEntry.Outcome.OVERWRITTEN : HistoryEntry.Outcome.LOST;
                next = write;
            }
            if (entries.size() < limit) {
                entries.add(new HistoryEntry(write.version, write.write.optionalValue(), write.service, write.revision,
                        outcome));
            }
        }
        return entries;
    }

    /** Adds the writes to a key in one commit. @return the revision at which the key was written before, 0 if none */
    private long read(byte[] key, long revision, List<Found> found) {
        try (LogReader reader = log.readFrom(revision)) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit of && of.revision() == revision) {
                    return read(key, of, found);
                }
                if (record.get() instanceof LogRecord.OfJudgement judgement && judgement.revision() == revision) {
                    return judgement.changes().stream().filter(change -> Arrays.equals(change.key(), key))
                            .mapToLong(LogRecord.Judged::touched).findFirst().orElse(0);
                }
            }
            return 0;
        } catch (IOException | FormatException e) {
            if (revision < log.firstRevision()) {
                return 0;
            }
            throw new StoreException(StoreException.Code.CORRUPT,
                    "The history can't be read further back than revision " + revision + ": " + e.getMessage(), e);
        }
    }

    private static long read(byte[] key, LogRecord.OfCommit of, List<Found> found) throws FormatException {
        Commit commit = CommitCodec.decode(of.commit());
        long before = 0;
        int index = 0;
        for (TransactionSection transaction : commit.transactions()) {
            for (Write write : transaction.writes()) {
                if (index < of.links().length && Arrays.equals(write.key(), key)) {
                    if (before == 0) {
                        before = of.links()[index].previous();
                    }
                    found.add(new Found(new Version(commit.time(), commit.author(), index), write, transaction.service(),
                            of.revision(), of.links()[index].outcome()));
                }
                index++;
            }
        }
        return before < of.revision() ? before : 0;
    }
}
