package lattice.service.irc.internal.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import lattice.api.store.LogPosition;

/** What waits until clients were told of a commit, which comes to this gateway by another way than its confirmation. */
final class Told {
    // A commit that lost against another, or was void, is never told.
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>();
    private LogPosition reached = new LogPosition("", 0);

    private record Waiting(LogPosition position, long since, Runnable then) implements Comparable<Waiting> {
        @Override
        public int compareTo(Waiting other) {
            return Long.compare(position.revision(), other.position.revision());
        }
    }

    /** Runs a task when all up to a position was told, or in a while. */
    void await(LogPosition position, long nanos, Runnable then) {
        if (isReached(position)) {
            then.run();
        } else {
            waiting.add(new Waiting(position, nanos, then));
        }
    }

    void reached(LogPosition position) {
        reached = position;
        List<Waiting> ready = new ArrayList<>();
        while (!waiting.isEmpty() && isReached(waiting.peek().position())) {
            ready.add(waiting.poll());
        }
        ready.forEach(task -> task.then().run());
    }

    /** Lets those go that have waited long enough. */
    void giveUp(long nanos) {
        List<Waiting> ready = waiting.stream().filter(task -> nanos - task.since() > PATIENCE.toNanos()).toList();
        waiting.removeAll(ready);
        ready.forEach(task -> task.then().run());
    }

    /** Positions of different logs can't be compared, so nobody waits across a change of the log. */
    private boolean isReached(LogPosition position) {
        return !position.logId().equals(reached.logId()) || position.revision() <= reached.revision();
    }
}
