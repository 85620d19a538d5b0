package lattice.daemon.internal.process;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All processes that came of one start. A process belongs to it if it is in the session that the start began, is the child
 * of one that belongs to it, was seen to belong to it before, or bears the start's mark. So what detaches itself is still
 * found, whatever it does about its session, its parent and its environment. Who sets out to escape can: by taking off both
 * the mark's variable and its limit. Only a sandbox holds that.
 */
final class ProcessTree {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessTree.class);
    private static final long POLL_MILLIS = 20;

    private final Mark mark;
    private final Set<ProcessId> known = new HashSet<>(); // guarded by this
    private final Set<ProcessId> strangers = new HashSet<>(); // guarded by this
    private Optional<ProcessId> leader = Optional.empty(); // guarded by this
    private boolean over; // guarded by this

    /** @param mark what nobody else has */
    ProcessTree(Mark mark) {
        this.mark = mark;
    }

    Mark mark() {
        return mark;
    }

    /** Says which process was started. It begins a session, or is about to. */
    synchronized void leader(ProcessId id) {
        leader = Optional.of(id);
        known.add(id);
    }

    synchronized Optional<ProcessId> leader() {
        return leader;
    }

    /** Says that all of it has ended: from now on the numbers that it had may be those of others. */
    synchronized void end() {
        over = true;
    }

    /** Its living processes. */
    synchronized Set<ProcessTable.Row> members(ProcessTable table) {
        if (over) {
            return Set.of();
        }
        Collection<ProcessTable.Row> rows = table.rows().values();
        Set<ProcessId> alive = rows.stream().map(ProcessTable.Row::id).collect(Collectors.toSet());
        known.retainAll(alive);
        strangers.retainAll(alive);
        for (ProcessTable.Row row : rows) {
            boolean inSession = leader.isPresent() && row.session() == leader.get().pid()
                    && row.id().start() >= leader.get().start();
            if (!known.contains(row.id()) && (inSession || isMarked(row.id()))) {
                known.add(row.id());
            }
        }
        boolean grown = true;
        while (grown) {
            Set<Long> parents = known.stream().map(ProcessId::pid).collect(Collectors.toSet());
            grown = false;
            for (ProcessTable.Row row : rows) {
                grown |= parents.contains(row.parent()) && known.add(row.id());
            }
        }
        return rows.stream().filter(row -> known.contains(row.id())).collect(Collectors.toSet());
    }

    /** It is looked for once: what a process was started with is the same for ever, but for a new program in its place. */
    private boolean isMarked(ProcessId id) {
        if (strangers.contains(id)) {
            return false;
        }
        if (mark.isOn(id)) {
            return true;
        }
        strangers.add(id);
        return false;
    }

    Set<ProcessTable.Row> members() {
        try {
            return members(ProcessTable.read());
        } catch (IOException e) {
            LOG.error("/proc can't be read, so what a daemon has started is not known", e);
            return Set.of();
        }
    }

    /** Asks all of it to end, but for one process. */
    void terminate(Optional<ProcessId> butFor) {
        for (ProcessTable.Row row : members()) {
            if (!butFor.equals(Optional.of(row.id()))) {
                handle(row.id()).ifPresent(ProcessHandle::destroy);
            }
        }
    }

    /** Waits until all of it has ended; whether it did in time. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!members().isEmpty()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            Thread.sleep(POLL_MILLIS);
        }
        return true;
    }

    /**
     * Ends all of it, and what it starts meanwhile. Not to be interrupted; it takes a bounded time.
     *
     * @return how many were ended
     */
    int kill(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        Set<ProcessId> killed = new HashSet<>();
        boolean interrupted = false;
        Set<ProcessTable.Row> left = members();
        while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
            killGroup(left);
            for (ProcessTable.Row row : left) {
                killed.add(row.id());
                handle(row.id()).ifPresent(ProcessHandle::destroyForcibly);
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            left = members();
        }
        if (!left.isEmpty()) {
            LOG.error("Processes {} can't be ended", left.stream().map(row -> row.id().pid()).toList());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return killed.size();
    }

    /** All of the first process's group at one stroke, which is quicker than any program that forks for ever. */
    private void killGroup(Set<ProcessTable.Row> members) {
        Optional<ProcessId> first = leader();
        if (members.size() < 2 || first.isEmpty()
                || members.stream().noneMatch(row -> row.session() == first.get().pid())) {
            return;
        }
        // The number of a session is not given to another process while anybody is in it.
        try {
            new ProcessBuilder("/bin/sh", "-c", "kill -KILL -- -" + first.get().pid())
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                    .waitFor(1, TimeUnit.SECONDS);
        } catch (IOException e) {
            LOG.warn("A group of processes is killed one by one: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Its handle sees to it by itself that the number has not been given to another process since. */
    private static Optional<ProcessHandle> handle(ProcessId id) {
        return ProcessHandle.of(id.pid()).filter(handle -> ProcessTable.row(id.pid())
                .filter(row -> row.id().equals(id)).isPresent());
    }

    /** As a list of numbers, for people. */
    static List<Long> pids(Collection<ProcessTable.Row> rows) {
        return rows.stream().map(row -> row.id().pid()).sorted().toList();
    }
}
