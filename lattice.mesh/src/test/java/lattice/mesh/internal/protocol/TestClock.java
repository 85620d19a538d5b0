package lattice.mesh.internal.protocol;

import java.util.ArrayList;
import java.util.List;

/** A time that passes only when a test says so. */
final class TestClock implements Scheduler {
    private record Due(long at, Runnable action) {
    }

    private final List<Due> waiting = new ArrayList<>();
    private long now;

    @Override
    public long now() {
        return now;
    }

    @Override
    public Task after(long millis, Runnable action) {
        Due due = new Due(now + millis, action);
        waiting.add(due);
        return () -> waiting.remove(due);
    }

    void pass(long millis) {
        now += millis;
        List<Due> due = waiting.stream().filter(each -> each.at() <= now).toList();
        waiting.removeAll(due);
        due.forEach(each -> each.action().run());
    }
}
