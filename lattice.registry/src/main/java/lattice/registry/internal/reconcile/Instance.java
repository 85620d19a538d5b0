package lattice.registry.internal.reconcile;

import java.net.BindException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.declaration.RestartRule;
import lattice.registry.internal.instance.Attempt;
import lattice.registry.internal.instance.Attempt.Phase;
import lattice.registry.internal.provider.Provider;
import lattice.registry.process.Completed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one instance from what it is towards what it should be, a step at a time. Used by the reconciler's thread
 * alone; a step never waits.
 */
final class Instance {
    private static final Logger LOG = LoggerFactory.getLogger(Instance.class);
    private static final int MOST_HANGING = 3;
    private static final Duration SHORTEST_DELAY = Duration.ofSeconds(1);

    /** Makes attempts. */
    interface Starter {
        Attempt attempt(InstanceKey key, int number, Target.Run target);
    }

    /** Finds who has the port that an instance could not have. */
    interface PortHolders {
        Optional<String> describe(InstanceKey asking, Target.Run target);
    }

    private final InstanceKey key;
    private final Starter starter;
    private final PortHolders ports;
    private final Backoff backoff;
    private final Clock clock;

    private Optional<Attempt> attempt = Optional.empty();
    private final List<Attempt> hanging = new ArrayList<>();
    private String inputs = "";
    private int starts;
    private int failures;
    private boolean portTaken;
    private boolean waitsForHolder;
    private boolean gaveUp;
    private boolean done;
    private long notBefore = System.nanoTime();
    private long runningSince;
    private Optional<Instant> startedAt = Optional.empty();
    private Optional<String> lastExit = Optional.empty();
    private String failure = "";
    private InstanceState state = InstanceState.DECLARED;
    private String reason = "It has not been looked at yet.";
    private Instant since;

    Instance(InstanceKey key, Starter starter, PortHolders ports, Backoff backoff, Clock clock) {
        this.key = key;
        this.starter = starter;
        this.ports = ports;
        this.backoff = backoff;
        this.clock = clock;
        this.since = clock.instant();
    }

    /**
     * Does what can be done now.
     *
     * @param inputsNow names everything that {@code target} was worked out from; when it changes, earlier failures say
     *     nothing any more
     * @return when to look again at the latest, in nanoseconds from now
     */
    long step(Target target, String inputsNow, Tuning tuning) {
        hanging.removeIf(each -> !each.isAlive());
        if (!inputs.equals(inputsNow)) {
            inputs = inputsNow;
            gaveUp = false;
            done = false;
            if (failures > 0) {
                failures = 0;
                notBefore = Math.min(notBefore, System.nanoTime() + SHORTEST_DELAY.toNanos());
            }
        }
        long again = Long.MAX_VALUE;
        if (attempt.isPresent()) {
            again = attend(attempt.get(), target, tuning);
        }
        if (attempt.isEmpty()) {
            again = Math.min(again, rest(target, tuning));
        }
        return again;
    }

    /** Gives up on what runs. */
    void abandon() {
        attempt.ifPresent(running -> {
            running.abandon();
            hanging.add(running);
        });
        attempt = Optional.empty();
        startedAt = Optional.empty();
    }

    boolean isIdle() {
        return attempt.isEmpty();
    }

    boolean isRunning() {
        return state == InstanceState.RUNNING;
    }

    InstanceState state() {
        return state;
    }

    List<Endpoint> endpoints() {
        return attempt.map(Attempt::endpoints).orElse(List.of());
    }

    Optional<Provider> provider() {
        return attempt.map(Attempt::provider);
    }

    Optional<Attempt> attempt() {
        return attempt;
    }

    ServiceView view(Assessment assessment) {
        boolean moving = state == InstanceState.STARTING || state == InstanceState.STOPPING
                || attempt.map(a -> a.phase() == Phase.RECONFIGURING).orElse(false);
        return new ServiceView(key, assessment, state, reason, since, moving, startedAt,
                startedAt.isPresent() ? attempt.map(Attempt::config) : Optional.empty(), endpoints(), starts, failures,
                lastExit, hanging.stream().map(Attempt::threadName).toList());
    }

    private long attend(Attempt running, Target target, Tuning tuning) {
        boolean wanted = target instanceof Target.Run run
                && run.provider().reference().equals(running.provider().reference())
                && run.process().equals(running.process());
        if (!wanted) {
            running.stop();
        }
        return switch (running.phase()) {
            case STARTING -> {
                enter(running.stopAsked() ? InstanceState.STOPPING : InstanceState.STARTING,
                        running.stopAsked() ? "It is being stopped while it starts." : "Its factory is at work.");
                yield within(running.stopAsked() ? tuning.stopDeadline() : tuning.startDeadline(), running,
                        running.stopAsked() ? "did not stop" : "did not start", tuning, target);
            }
            case RUNNING -> {
                if (wanted && !running.stopAsked()) {
                    runs(running, (Target.Run) target);
                    yield recovery(tuning);
                }
                enter(InstanceState.STOPPING, "It is being stopped.");
                yield within(tuning.stopDeadline(), running, "did not stop", tuning, target);
            }
            case RECONFIGURING -> within(running.stopAsked() ? tuning.stopDeadline() : tuning.startDeadline(), running,
                    "did not take its new config", tuning, target);
            case STOPPING -> {
                enter(InstanceState.STOPPING, "It is being closed.");
                yield within(tuning.stopDeadline(), running, "did not close", tuning, target);
            }
            case ENDED -> {
                ended(running, target, tuning);
                yield Long.MAX_VALUE;
            }
        };
    }

    private void runs(Attempt running, Target.Run target) {
        if (startedAt.isEmpty()) {
            startedAt = Optional.of(clock.instant());
            runningSince = System.nanoTime();
        }
        if (!running.config().sameFor(target.config())) {
            running.offer(target.config());
        } else if (!running.config().equals(target.config())) {
            running.sameConfig(target.config());
        }
        String where = running.endpoints().stream().map(Endpoint::toString).collect(Collectors.joining(", "));
        enter(InstanceState.RUNNING, (where.isEmpty() ? "It runs." : where) + target.note().map(n -> " " + n)
                .orElse(""));
    }

    private long recovery(Tuning tuning) {
        if (failures == 0) {
            return Long.MAX_VALUE;
        }
        long left = tuning.stableAfter().toNanos() - (System.nanoTime() - runningSince);
        if (left <= 0) {
            failures = 0;
            return Long.MAX_VALUE;
        }
        return left;
    }

    private long within(Duration deadline, Attempt running, String complaint, Tuning tuning, Target target) {
        long left = deadline.toNanos() - running.phaseNanos();
        if (left > 0) {
            return left;
        }
        boolean stopping = running.stopAsked();
        LOG.warn("{} {} within {}; its thread {} is given up on.", key, complaint, inWords(deadline),
                running.threadName());
        abandon();
        String what = "It " + complaint + " within " + inWords(deadline) + "; its thread " + running.threadName()
                + " is given up on.";
        exit(what);
        if (!stopping) {
            failed(what, false, target, tuning);
        }
        return 0;
    }

    private void ended(Attempt ended, Target target, Tuning tuning) {
        attempt = Optional.empty();
        startedAt = Optional.empty();
        if (ended.failure().isEmpty()) {
            exit(ended.wantsRestart() ? "It was closed to take a new config." : "It was stopped.");
            return;
        }
        Throwable cause = ended.failure().get();
        if (cause instanceof Completed) {
            LOG.info("{} ended: {}", key, describe(cause));
            exit(describe(cause));
            completed(describe(cause), target, tuning);
            return;
        }
        LOG.warn("{} failed: {}", key, describe(cause), cause);
        exit("It failed: " + describe(cause));
        failed(describe(cause), isAboutPort(cause), target, tuning);
    }

    /** It ended by itself and in good order; what its declaration says to always run is started again, but not in a hurry. */
    private void completed(String how, Target target, Tuning tuning) {
        failed(how, false, target, tuning);
        done = !(target instanceof Target.Run run && run.config().declaration().restart() == RestartRule.ALWAYS);
    }

    private void failed(String what, boolean port, Target target, Tuning tuning) {
        failure = what;
        portTaken = port;
        failures++;
        if (target instanceof Target.Run run && run.config().declaration().restart() == RestartRule.NO) {
            gaveUp = true;
        }
        notBefore = System.nanoTime() + backoff.delay(failures, tuning).toNanos();
    }

    private long rest(Target target, Tuning tuning) {
        if (!(target instanceof Target.Run run)) {
            Target.Rest rest = (Target.Rest) target;
            enter(rest.state(), rest.reason() + stillHanging());
            return Long.MAX_VALUE;
        }
        if (hanging.size() >= MOST_HANGING) {
            enter(InstanceState.FAILED, failure + " It hung " + MOST_HANGING
                    + " times, and is started again when one of its "
                    + "threads ends: " + hanging.stream().map(Attempt::threadName).collect(Collectors.joining(", "))
                    + ".");
            return tuning.tick().toNanos();
        }
        if (done) {
            enter(InstanceState.STOPPED, failure + " It is started again when its declaration, provider or consent "
                    + "changes.");
            return Long.MAX_VALUE;
        }
        if (gaveUp) {
            enter(InstanceState.FAILED, failure + " Its declaration says not to start it again.");
            return Long.MAX_VALUE;
        }
        Optional<String> holder = portTaken ? ports.describe(key, run) : Optional.empty();
        boolean holderLeft = waitsForHolder && holder.isEmpty();
        waitsForHolder = holder.isPresent();
        long wait = holderLeft ? 0 : notBefore - System.nanoTime();
        if (wait > 0) {
            enter(waitsForHolder ? InstanceState.WAITING : InstanceState.BACKING_OFF,
                    holder.orElseGet(() -> failure + " " + whenNext(tuning)));
            return wait;
        }
        starts++;
        Attempt next;
        try {
            next = starter.attempt(key, starts, run);
        } catch (RuntimeException e) {
            LOG.warn("{} could not be started.", key, e);
            failed(describe(e), false, target, tuning);
            return 0;
        }
        attempt = Optional.of(next);
        enter(InstanceState.STARTING, "Its factory is at work.");
        next.start();
        return tuning.startDeadline().toNanos();
    }

    private String whenNext(Tuning tuning) {
        Instant at = clock.instant().plusNanos(Math.max(0, notBefore - System.nanoTime()));
        String limit = failures >= tuning.startLimit() ? "; the start limit of " + tuning.startLimit()
                + " failures in a row is reached, so it is tried about every " + inWords(tuning.longestDelay()) : "";
        return "Failed " + failures + (failures == 1 ? " time" : " times in a row") + ", next start at "
                + at.truncatedTo(ChronoUnit.SECONDS) + limit + ".";
    }

    private String stillHanging() {
        return hanging.isEmpty() ? "" : " A thread of it that was given up on has not ended: "
                + hanging.stream().map(Attempt::threadName).collect(Collectors.joining(", ")) + ".";
    }

    private void exit(String what) {
        lastExit = Optional.of(clock.instant().truncatedTo(ChronoUnit.SECONDS) + " " + what);
    }

    private void enter(InstanceState next, String why) {
        if (state != next) {
            state = next;
            since = clock.instant();
        }
        reason = why;
    }

    private static boolean isAboutPort(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    private static String describe(Throwable failure) {
        String text = null;
        for (Throwable cause = failure; cause != null && (text == null || text.isBlank()); cause = cause.getCause()) {
            text = cause.getMessage();
        }
        if (text == null || text.isBlank()) {
            text = failure.getClass().getSimpleName();
        } else if (!(failure instanceof Exception)) {
            text = failure.getClass().getSimpleName() + ": " + text;
        }
        text = text.replaceAll("\\s+", " ").strip();
        String shortened = text.length() <= 300 ? text : text.substring(0, 300) + "...";
        return shortened.endsWith(".") ? shortened : shortened + ".";
    }

    private static String inWords(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }
}
