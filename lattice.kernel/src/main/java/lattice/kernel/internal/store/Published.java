package lattice.kernel.internal.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lattice.api.store.Change;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.view.Cell;

/** A commit that took effect, as watchers see it. */
final class Published {
    private final long revision;
    private final Commit commit;
    private final LogRecord.Link[] links;
    private List<Change> changes;
    /** What was asked for last: many watches of one prefix ask one after the other. */
    private volatile Below lastBelow;

    private record Below(Prefix prefix, List<Change> changes) {
    }

    Published(long revision, Commit commit, LogRecord.Link[] links) {
        this.revision = revision;
        this.commit = commit;
        this.links = links;
    }

    /** What was judged again. */
    Published(long revision, List<LogRecord.Judged> judged) throws FormatException {
        this(revision, null, null);
        List<Change> visible = new ArrayList<>();
        for (LogRecord.Judged change : judged) {
            Key key = new Key(new String(change.key(), StandardCharsets.UTF_8));
            Cell cell = Cell.decode(change.key(), change.cell());
            visible.add(cell.isDeletion() ? new Change.Removed(key, cell.version(), Optional.empty())
                    : new Change.Updated(cell.entry(key), Optional.empty()));
        }
        changes = List.copyOf(visible);
    }

    long revision() {
        return revision;
    }

    /** About how much memory it takes. */
    long weight() {
        long weight = 200;
        if (commit == null) {
            return weight + changes.stream().mapToLong(change -> 300L
                    + (change instanceof Change.Updated updated ? updated.entry().value().length : 0)).sum();
        }
        for (TransactionSection transaction : commit.transactions()) {
            for (Write write : transaction.writes()) {
                weight += 150 + write.key().length * 4L + (write.isDelete() ? 0 : write.value().length);
            }
        }
        return weight;
    }

    /** What became visible, in the order of the commit. */
    synchronized List<Change> changes() {
        if (changes == null) {
            List<Change> visible = new ArrayList<>();
            int index = 0;
            for (TransactionSection transaction : commit.transactions()) {
                for (Write write : transaction.writes()) {
                    // A commit that waits has no links.
                    Outcome outcome = index < links.length ? links[index].outcome() : Outcome.UNSEEN;
                    if (outcome == Outcome.VISIBLE || outcome == Outcome.VISIBLE_CONCURRENT) {
                        Key key = new Key(new String(write.key(), StandardCharsets.UTF_8));
                        Version version = new Version(commit.time(), commit.author(), index);
                        visible.add(write.isDelete() ? new Change.Removed(key, version, transaction.service())
                                : new Change.Updated(new Entry(key, write.value(), version, revision,
                                        outcome == Outcome.VISIBLE_CONCURRENT), transaction.service()));
                    }
                    index++;
                }
            }
            changes = List.copyOf(visible);
        }
        return changes;
    }

    /** All prefixes that hold something that changed. They are not kept: that would be more than the commit itself. */
    Set<String> prefixes() {
        Set<String> all = new HashSet<>();
        for (Change change : changes()) {
            String path = change.key().path();
            for (int end = path.length(); end > 0 && all.add(path.substring(0, end));) {
                end = path.lastIndexOf('/', end - 1);
            }
        }
        if (!all.isEmpty()) {
            all.add(Prefix.ALL.path());
        }
        return all;
    }

    /** Whether something changed below a prefix. */
    boolean touches(Prefix prefix) {
        return changes().stream().anyMatch(change -> prefix.contains(change.key()));
    }

    /** What changed below a prefix. */
    List<Change> changesBelow(Prefix prefix) {
        Below last = lastBelow;
        if (last == null || !last.prefix.equals(prefix)) {
            List<Change> all = changes();
            List<Change> below = all.stream().filter(change -> prefix.contains(change.key())).toList();
            last = new Below(prefix, below.size() == all.size() ? all : below);
            lastBelow = last;
        }
        return last.changes;
    }
}
