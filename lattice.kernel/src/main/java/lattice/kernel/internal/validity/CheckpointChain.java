package lattice.kernel.internal.validity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.Hash;

/**
 * The checkpoints of one store, each following on the one before: a pure function of a set of genuine ones. Should two follow
 * on the same one, which takes two founders or a delegate that does not stop, the founder's counts, else the one of the
 * smaller horizon and hash. Immutable.
 */
public final class CheckpointChain {
    static final CheckpointChain EMPTY = new CheckpointChain(List.of());

    private static final Comparator<Checkpoint> BY_HORIZON = Comparator.comparing(Checkpoint::horizon)
            .thenComparing(checkpoint -> checkpoint.hash().hex());

    private final List<Checkpoint> checkpoints;
    /** Of each author, the last numbers covered, and from which checkpoint on. */
    private final Map<Author, NavigableMap<Long, Integer>> covered = new HashMap<>();
    private final Map<Author, Mark> marks = new HashMap<>();

    private CheckpointChain(List<Checkpoint> checkpoints) {
        this.checkpoints = List.copyOf(checkpoints);
        for (int i = 0; i < checkpoints.size(); i++) {
            int index = i;
            checkpoints.get(i).marks().forEach((author, mark) -> {
                covered.computeIfAbsent(author, key -> new TreeMap<>()).put(mark.sequence(), index);
                marks.put(author, mark);
            });
        }
    }

    /** @param genuine those of one store, in any order */
    static CheckpointChain of(NodeId founder, Collection<Checkpoint> genuine) {
        Map<Hash, List<Checkpoint>> following = new HashMap<>();
        genuine.forEach(checkpoint -> following.computeIfAbsent(checkpoint.previous(), key -> new ArrayList<>())
                .add(checkpoint));
        Comparator<Checkpoint> founderFirst = Comparator.comparing(checkpoint -> !checkpoint.by().equals(founder));
        List<Checkpoint> chain = new ArrayList<>();
        Map<Author, Long> upTo = new HashMap<>();
        Hash last = Hash.NONE;
        while (true) {
            Checkpoint before = chain.isEmpty() ? null : chain.get(chain.size() - 1);
            Optional<Checkpoint> next = following.getOrDefault(last, List.of()).stream()
                    .filter(checkpoint -> follows(checkpoint, before, upTo)).min(founderFirst.thenComparing(BY_HORIZON));
            if (next.isEmpty()) {
                return chain.isEmpty() ? EMPTY : new CheckpointChain(chain);
            }
            chain.add(next.get());
            next.get().marks().forEach((author, mark) -> upTo.put(author, mark.sequence()));
            last = next.get().hash();
        }
    }

    private static boolean follows(Checkpoint checkpoint, Checkpoint before, Map<Author, Long> upTo) {
        return checkpoint.number() == (before == null ? 1 : before.number() + 1)
                && (before == null || checkpoint.horizon().compareTo(before.horizon()) >= 0
                        && checkpoint.under() >= before.under())
                && checkpoint.marks().entrySet().stream()
                        .allMatch(mark -> mark.getValue().sequence() > upTo.getOrDefault(mark.getKey(), 0L));
    }

    public Optional<Checkpoint> last() {
        return checkpoints.isEmpty() ? Optional.empty() : Optional.of(checkpoints.get(checkpoints.size() - 1));
    }

    public List<Checkpoint> checkpoints() {
        return checkpoints;
    }

    /** The checkpoint of a number, if there is one. */
    public Optional<Checkpoint> numbered(long number) {
        return number >= 1 && number <= checkpoints.size() ? Optional.of(checkpoints.get((int) number - 1)) : Optional.empty();
    }

    /** The last commits that the last checkpoint covers, of each author. */
    public Map<Author, Mark> marks() {
        return Map.copyOf(marks);
    }

    /** The last commits that the checkpoint of a number covers, of each author. */
    public Map<Author, Mark> marksAt(long number) {
        if (number >= checkpoints.size()) {
            return marks();
        }
        Map<Author, Mark> then = new HashMap<>();
        checkpoints.subList(0, (int) Math.max(0, number)).forEach(checkpoint -> then.putAll(checkpoint.marks()));
        return then;
    }

    /** How many of an author's commits the last checkpoint covers. */
    public long upTo(Author author) {
        Mark mark = marks.get(author);
        return mark == null ? 0 : mark.sequence();
    }

    /** The number of the first checkpoint that covers a commit; empty if none does. */
    public Optional<Long> coveringNumber(Author author, long sequence) {
        NavigableMap<Long, Integer> of = covered.get(author);
        Map.Entry<Long, Integer> entry = of == null ? null : of.ceilingEntry(sequence);
        return entry == null ? Optional.empty() : Optional.of(entry.getValue() + 1L);
    }

    /** The checkpoint that a commit came too late for: not covered by it, and no later than its horizon. */
    public Optional<Checkpoint> missed(Author author, long sequence, HybridTime time) {
        if (checkpoints.isEmpty()) {
            return Optional.empty();
        }
        // Horizons only grow, so the last one that does not cover it is the one to look at.
        long before = coveringNumber(author, sequence).orElse(checkpoints.size() + 1L) - 1;
        return numbered(before).filter(checkpoint -> time.compareTo(checkpoint.horizon()) <= 0);
    }

    /** Whether this goes on where another one ends. */
    boolean extendsOn(CheckpointChain other) {
        return checkpoints.size() >= other.checkpoints.size()
                && checkpoints.subList(0, other.checkpoints.size()).equals(other.checkpoints);
    }
}
