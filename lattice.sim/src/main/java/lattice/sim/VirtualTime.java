package lattice.sim;

import java.util.PriorityQueue;
import lattice.mesh.internal.protocol.Scheduler;

/** A clock that jumps from one action to the next. Actions of one moment run in the order they were asked for. */
final class VirtualTime implements Scheduler {
    private static final class Event implements Comparable<Event>, Task {
        private final long time;
        private final long order;
        private Runnable action;

        Event(long time, long order, Runnable action) {
            this.time = time;
            this.order = order;
            this.action = action;
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }

        @Override
        public void cancel() {
            action = null;
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long now;
    private long order;

    @Override
    public long now() {
        return now;
    }

    @Override
    public Task after(long millis, Runnable action) {
        Event event = new Event(now + Math.max(0, millis), order++, action);
        events.add(event);
        return event;
    }

    /** Runs all that is due up to a moment; it is then that moment. */
    void runUntil(long time) {
        while (!events.isEmpty() && events.peek().time <= time) {
            Event event = events.poll();
            now = event.time;
            if (event.action != null) {
                event.action.run();
            }
        }
        now = time;
    }
}
