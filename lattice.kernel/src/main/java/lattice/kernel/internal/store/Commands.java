package lattice.kernel.internal.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Spliterators;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.statemachine.StateMachine;
import lattice.api.statemachine.StateView;
import lattice.api.store.Author;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Version;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.SentCommand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs state machines. The commands to each stand in a lane of their own and are decided one after another; the next one is
 * decided while the effects of those before it are still on their way to the disk, on a state that includes them. If they
 * don't get there, what was decided upon them isn't written either. A state machine that doesn't answer is given up on: its
 * thread is left to it, and its lane goes on with another.
 */
final class Commands {
    private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

    private static final int MAX_WAITING = 4096;
    private static final int MAX_STUCK = 3;

    private final Engine engine;
    private final StateMachines machines;
    private final Executor pool;
    private final ScheduledExecutorService timer;
    private final HybridClock clock;
    private final long deadlineMillis;
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    /** What is on its way to the disk, by operation. */
    private final Map<Hash, CompletableFuture<Receipt>> underWay = new ConcurrentHashMap<>();

    Commands(Engine engine, StateMachines machines, Executor pool, ScheduledExecutorService timer, HybridClock clock,
            long deadlineMillis) {
        this.engine = engine;
        this.machines = machines;
        this.pool = pool;
        this.timer = timer;
        this.clock = clock;
        this.deadlineMillis = deadlineMillis;
    }

    CompletableFuture<CommandResult> apply(Actor actor, String machine, byte[] command, Optional<String> operationId) {
        CompletableFuture<CommandResult> answer = new CompletableFuture<>();
        Optional<StoreException> objection = operationId.flatMap(Commands::objection);
        if (objection.isPresent()) {
            answer.completeExceptionally(objection.get());
        } else if (command.length > Mutation.MAX_VALUE_BYTES) {
            answer.completeExceptionally(new StoreException(StoreException.Code.TOO_LARGE, "The command has "
                    + command.length + " bytes; the most is " + Mutation.MAX_VALUE_BYTES + "."));
        } else if (machine.isEmpty()
                || machine.getBytes(StandardCharsets.UTF_8).length > SentCommand.MAX_NAME_BYTES) {
            answer.completeExceptionally(noSuch(machine));
        } else if (!lanes.containsKey(machine) && machines.find(machine).isEmpty()) {
            answer.completeExceptionally(noSuch(machine));
        } else {
            lanes.computeIfAbsent(machine, Lane::new).add(new Waiting(actor, command.clone(), operationId, answer));
        }
        return answer;
    }

    /** As for a transaction. */
    private static Optional<StoreException> objection(String operationId) {
        return operationId.isEmpty() || operationId.length() > Transaction.MAX_OPERATION_ID
                ? Optional.of(new StoreException(StoreException.Code.INVALID_TRANSACTION, "An operation id has 1 to "
                        + Transaction.MAX_OPERATION_ID + " characters; this one has " + operationId.length() + "."))
                : Optional.empty();
    }

    private static StoreException noSuch(String machine) {
        return new StoreException(StoreException.Code.NO_STATE_MACHINE, "No state machine '" + machine
                + "' is here: is the bundle that brings it deployed and started?");
    }

    /** A command that waits for its turn. */
    private record Waiting(Actor actor, byte[] command, Optional<String> operationId,
            CompletableFuture<CommandResult> answer) {
        Optional<Hash> operation() {
            return operationId.map(given -> Operations.id(actor.service(), given));
        }
    }

    /** What a key will hold once the commit that is on its way is there; no value if it is deleted. */
    private static final class Foreseen {
        private final Optional<byte[]> value;

        Foreseen(Optional<byte[]> value) {
            this.value = value;
        }
    }

    /** The commands to one state machine. */
    private final class Lane {
        private final String name;
        private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
        private final ConcurrentSkipListMap<byte[], Foreseen> foreseen =
                new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
        /** Goes up when something that was foreseen did not come about. */
        private final AtomicLong generation = new AtomicLong();
        private CompletableFuture<Receipt> lastSubmitted = CompletableFuture.completedFuture(null);
        private boolean running;
        private int stuck;

        Lane(String name) {
            this.name = name;
        }

        void add(Waiting command) {
            boolean start;
            synchronized (this) {
                if (stuck >= MAX_STUCK) {
                    command.answer.completeExceptionally(failed("State machine '" + name + "' has not come back from "
                            + stuck + " commands; its bundle must be repaired or restarted.", null));
                    return;
                }
                if (waiting.size() >= MAX_WAITING) {
                    command.answer.completeExceptionally(new StoreException(StoreException.Code.BUSY,
                            "State machine '" + name + "' has " + MAX_WAITING + " commands to decide; try again later."));
                    return;
                }
                waiting.add(command);
                start = !running;
                running = true;
            }
            if (start) {
                execute();
            }
        }

        private void execute() {
            try {
                pool.execute(this::run);
            } catch (RuntimeException e) {
                List<Waiting> all;
                synchronized (this) {
                    all = List.copyOf(waiting);
                    waiting.clear();
                    running = false;
                }
                StoreException cause = new StoreException(StoreException.Code.BUSY,
                        "No thread was free to run state machine '" + name + "'; try again later.", e);
                all.forEach(command -> command.answer.completeExceptionally(cause));
            }
        }

        private void run() {
            while (true) {
                Waiting next;
                synchronized (this) {
                    next = waiting.poll();
                    if (next == null) {
                        running = false;
                        return;
                    }
                }
                if (!new Turn(this, next).take()) {
                    return;
                }
            }
        }
    }

    /** One command being decided. */
    private final class Turn {
        private final Lane lane;
        private final Waiting command;
        private boolean decided;
        private boolean givenUp;

        Turn(Lane lane, Waiting command) {
            this.lane = lane;
            this.command = command;
        }

        /** @return whether this thread still runs the lane */
        boolean take() {
            if (command.operation().filter(this::isAnswered).isPresent()) {
                return true;
            }
            long generation = lane.generation.get();
            Optional<StateMachine> machine;
            try {
                machine = machines.find(lane.name);
            } catch (RuntimeException | LinkageError e) {
                command.answer.completeExceptionally(failed("State machine '" + lane.name + "' can't be made: " + e, e));
                return true;
            }
            if (machine.isEmpty()) {
                command.answer.completeExceptionally(noSuch(lane.name));
                return true;
            }
            ScheduledFuture<?> deadline = timer.schedule(this::giveUp, deadlineMillis, TimeUnit.MILLISECONDS);
            Decision decision = null;
            Throwable failure = null;
            try {
                decision = machine.get().decide(new Foresight(lane, command.actor, this::isOpen), command.command.clone());
            } catch (StackOverflowError | Exception | LinkageError | AssertionError e) {
                failure = e;
            }
            deadline.cancel(false);
            synchronized (this) {
                decided = true;
                if (givenUp) {
                    synchronized (lane) {
                        lane.stuck--;
                    }
                    return false;
                }
            }
            if (failure instanceof StoreException refused) {
                command.answer.completeExceptionally(refused);
            } else if (failure != null || decision == null) {
                LOG.warn("State machine '{}' failed on a command", lane.name, failure);
                command.answer.completeExceptionally(failed("State machine '" + lane.name + "' failed on the command: "
                        + (failure == null ? "it gave no decision" : failure), failure));
            } else if (decision instanceof Decision.Refuse refuse) {
                afterWhatWasForeseen(new CommandResult.Refused(refuse.reason()));
            } else if (((Decision.Accept) decision).effects().isEmpty()) {
                afterWhatWasForeseen(new CommandResult.NoEffect());
            } else {
                submit(((Decision.Accept) decision).effects(), generation);
            }
            return true;
        }

        /** Answers a command that was decided before, as it was answered then. */
        private boolean isAnswered(Hash operation) {
            // In this order: what is no longer under way has been answered.
            CompletableFuture<Receipt> first = underWay.get(operation);
            if (first == null) {
                first = engine.answered(operation, clock.last()).map(CompletableFuture::completedFuture).orElse(null);
            }
            if (first != null) {
                answerWith(first);
            }
            return first != null;
        }

        private void answerWith(CompletableFuture<Receipt> written) {
            written.whenComplete((receipt, failure) -> {
                if (failure != null) {
                    command.answer.completeExceptionally(failure);
                } else {
                    command.answer.complete(new CommandResult.Applied(receipt));
                }
            });
        }

        private synchronized boolean isOpen() {
            return !decided && !givenUp;
        }

        private void giveUp() {
            synchronized (this) {
                if (decided) {
                    return;
                }
                givenUp = true;
                synchronized (lane) {
                    lane.stuck++;
                }
            }
            LOG.warn("State machine '{}' did not decide about a command within {} ms and was given up on", lane.name,
                    deadlineMillis);
            command.answer.completeExceptionally(failed("State machine '" + lane.name
                    + "' did not decide about the command within " + deadlineMillis + " ms.", null));
            lane.execute();
        }

        /** An answer that was decided upon a state stands only when that state has come about. */
        private void afterWhatWasForeseen(CommandResult result) {
            lane.lastSubmitted.whenComplete((receipt, failure) -> {
                if (failure == null) {
                    command.answer.complete(result);
                } else {
                    command.answer.completeExceptionally(failed(
                            "A command before this one could not be written, so its answer does not hold; send it again.",
                            failure));
                }
            });
        }

        private void submit(List<Effect> effects, long generation) {
            List<Submission.Prepared> prepared = new ArrayList<>(effects.size());
            Submission.Local local;
            try {
                HybridTime time = clock.next();
                long bytes = 0;
                for (int i = 0; i < effects.size(); i++) {
                    Submission.Prepared mutation = resolve(effects.get(i), time, i);
                    prepared.add(mutation);
                    bytes += mutation.key().length + (mutation.value() == null ? 0 : mutation.value().length);
                }
                if (bytes > Transaction.MAX_BYTES) {
                    throw new StoreException(StoreException.Code.TOO_LARGE, "The effects of the command have " + bytes
                            + " bytes; the most is " + Transaction.MAX_BYTES + ".");
                }
                local = engine.prepare(command.actor, prepared, command.operationId,
                        Optional.of(new SentCommand(lane.name, command.command)),
                        () -> lane.generation.get() == generation);
            } catch (StoreException e) {
                command.answer.completeExceptionally(e);
                return;
            }
            CompletableFuture<Receipt> submitted = local.answer();
            Map<byte[], Foreseen> mine = foresee(prepared);
            submitted.whenComplete((receipt, failure) -> {
                if (failure != null) {
                    // In this order: what is decided under the new generation must not see what is being cleared.
                    lane.foreseen.clear();
                    lane.generation.incrementAndGet();
                } else {
                    mine.forEach(lane.foreseen::remove);
                }
            });
            lane.lastSubmitted = submitted;
            command.operation().ifPresent(operation -> {
                underWay.put(operation, submitted);
                submitted.whenComplete((receipt, failure) -> underWay.remove(operation, submitted));
            });
            answerWith(submitted);
            engine.enqueue(local);
        }

        private Map<byte[], Foreseen> foresee(List<Submission.Prepared> prepared) {
            Map<byte[], Foreseen> mine = new TreeMap<>(Arrays::compareUnsigned);
            for (Submission.Prepared mutation : prepared) {
                Optional<byte[]> value = Optional.ofNullable(mutation.value());
                if (mutation.delta() != null) {
                    value = Optional.of(Long.toString(register(mutation.key()) + mutation.delta())
                            .getBytes(StandardCharsets.US_ASCII));
                }
                Foreseen foreseen = new Foreseen(value);
                lane.foreseen.put(mutation.key(), foreseen);
                mine.put(mutation.key(), foreseen);
            }
            return mine;
        }

        private long register(byte[] key) {
            Foreseen foreseen = lane.foreseen.get(key);
            Optional<byte[]> value = foreseen != null ? foreseen.value : engine.reader().value(key);
            return value.map(Counters::number).orElse(0L);
        }

        /** A mutation that does what an effect says. */
        private Submission.Prepared resolve(Effect effect, HybridTime time, int index) {
            if (effect instanceof Effect.SetRegister set) {
                return put(set.register(), set.value());
            } else if (effect instanceof Effect.RemoveRegister remove) {
                return delete(remove.register());
            } else if (effect instanceof Effect.AddToSet add) {
                return put(add.set().child(add.element()), new byte[0]);
            } else if (effect instanceof Effect.RemoveFromSet remove) {
                return delete(remove.set().child(remove.element()));
            } else if (effect instanceof Effect.AddToCounter add) {
                Author self = engine.self();
                Key register = add.counter().child(self.node().hex() + "-" + String.format("%016x", self.epoch()));
                return new Submission.Prepared(checked(register), null, add.delta(), null);
            } else {
                Effect.AppendToLog append = (Effect.AppendToLog) effect;
                Author self = engine.self();
                return put(append.log().child(String.format("%016x-%s-%016x-%04x", time.bits(),
                        self.node().hex().substring(0, 16), self.epoch(), index)), append.value());
            }
        }

        private Submission.Prepared put(Key key, byte[] value) {
            byte[] checked = new Mutation.Put(key, value).value();
            return new Submission.Prepared(checked(key), checked, null, null);
        }

        private Submission.Prepared delete(Key key) {
            return new Submission.Prepared(checked(key), null, null, null);
        }

        private byte[] checked(Key key) {
            engine.checkWrite(command.actor, key);
            return key.utf8();
        }
    }

    private static StoreException failed(String message, Throwable cause) {
        return new StoreException(StoreException.Code.STATE_MACHINE_FAILED, message, cause);
    }

    /** The state with what is on its way, as a state machine sees it. */
    private final class Foresight implements StateView {
        private final Lane lane;
        private final Actor actor;
        private final BooleanSupplier open;

        Foresight(Lane lane, Actor actor, BooleanSupplier open) {
            this.lane = lane;
            this.actor = actor;
            this.open = open;
        }

        @Override
        public Optional<Entry> get(Key key) {
            checkOpen();
            SystemTables.checkRead(actor, key);
            Foreseen foreseen = lane.foreseen.get(key.utf8());
            return foreseen == null ? engine.get(key) : foreseen.value.map(value -> entry(key, value));
        }

        @Override
        public Stream<Entry> scan(Prefix prefix) {
            checkOpen();
            SystemTables.checkRead(actor, prefix);
            ArrayDeque<Map.Entry<Key, Foreseen>> ahead = new ArrayDeque<>();
            lane.foreseen.forEach((bytes, foreseen) -> {
                Key key = new Key(new String(bytes, StandardCharsets.UTF_8));
                if (prefix.contains(key)) {
                    ahead.add(Map.entry(key, foreseen));
                }
            });
            Stream<Entry> committed = engine.scan(prefix, null);
            if (ahead.isEmpty()) {
                return committed;
            }
            return StreamSupport.stream(new Merged(committed.iterator(), ahead), false).onClose(committed::close);
        }

        private void checkOpen() {
            if (!open.getAsBoolean()) {
                throw new IllegalStateException("A state view is good only during the call that it was given to.");
            }
        }

        private Entry entry(Key key, byte[] value) {
            return new Entry(key, value, new Version(clock.last(), engine.self(), 0), engine.revision() + 1, false);
        }

        /** Committed entries with those that are on their way in their place. */
        private final class Merged extends Spliterators.AbstractSpliterator<Entry> {
            private final Iterator<Entry> committed;
            private final ArrayDeque<Map.Entry<Key, Foreseen>> ahead;
            private Entry held;

            Merged(Iterator<Entry> committed, ArrayDeque<Map.Entry<Key, Foreseen>> ahead) {
                super(Long.MAX_VALUE, ORDERED | NONNULL);
                this.committed = committed;
                this.ahead = ahead;
            }

            @Override
            public boolean tryAdvance(Consumer<? super Entry> action) {
                while (true) {
                    if (held == null && committed.hasNext()) {
                        held = committed.next();
                    }
                    Map.Entry<Key, Foreseen> next = ahead.peek();
                    if (held == null && next == null) {
                        return false;
                    }
                    int order = held == null ? 1 : next == null ? -1 : held.key().compareTo(next.getKey());
                    if (order < 0) {
                        action.accept(held);
                        held = null;
                        return true;
                    }
                    if (order == 0) {
                        held = null;
                    }
                    ahead.poll();
                    if (next.getValue().value.isPresent()) {
                        action.accept(entry(next.getKey(), next.getValue().value.get()));
                        return true;
                    }
                }
            }
        }
    }
}
