package lattice.service.irc.internal.chat;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import lattice.api.store.CommandResult;
import lattice.api.store.LogPosition;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends commands to {@link ChatState} in order, away from the thread that serves the clients. */
@SuppressWarnings("try") // it may be interrupted while it closes
public final class ChatWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChatWriter.class);
    private static final int MAX_WAITING = 4096;
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(2);

    private final Store store;
    private final Executor answers;
    private final Duration deadline;
    private final ThreadPoolExecutor sender;

    /**
     * @param answers where outcomes are told
     * @param deadline how long a command may take
     */
    public ChatWriter(Store store, Executor answers, Duration deadline) {
        this.store = store;
        this.answers = answers;
        this.deadline = deadline;
        this.sender = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING),
                task -> new Thread(task, "irc-store"));
    }

    /** What became of a command. */
    public sealed interface Outcome {
        /**
         * It is in the store.
         *
         * @param position where a watcher sees it
         */
        record Done(LogPosition position) implements Outcome {
        }

        /** It changed nothing. */
        record Nothing() implements Outcome {
        }

        /**
         * It is not in the store, or not known to be.
         *
         * @param reason one sentence for the person who sent it
         */
        record Failed(String reason) implements Outcome {
        }
    }

    /** Sends a command; the outcome is told once, whatever happens. */
    public void send(ChatCommand command, Consumer<Outcome> then) {
        try {
            sender.execute(() -> apply(command, then));
        } catch (RejectedExecutionException e) {
            tell(then, new Outcome.Failed(sender.isShutdown() ? "The server is closing."
                    : "Too much is waiting to be stored; try again later."));
        }
    }

    private void apply(ChatCommand command, Consumer<Outcome> then) {
        try {
            store.apply(ChatState.NAME, ChatJson.write(command)).toCompletableFuture().copy()
                    .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((result, failure) -> tell(then, failure == null ? outcome(result) : failed(failure)));
        } catch (RuntimeException e) {
            tell(then, failed(e));
        }
    }

    private static Outcome outcome(CommandResult result) {
        if (result instanceof CommandResult.Refused refused) {
            return new Outcome.Failed(refused.reason());
        }
        return result instanceof CommandResult.Applied applied ? new Outcome.Done(applied.receipt().position())
                : new Outcome.Nothing();
    }

    private Outcome failed(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            LOG.warn("The store has not answered for {} s.", deadline.toSeconds());
            return new Outcome.Failed("The store has not answered for " + deadline.toSeconds()
                    + " seconds; it may yet be stored.");
        }
        if (cause instanceof StoreException) {
            LOG.warn("A command about chat failed: {}", cause.getMessage());
            return new Outcome.Failed(cause.getMessage());
        }
        LOG.error("A command about chat failed.", cause);
        return new Outcome.Failed("The store failed unexpectedly; the log of the node says more.");
    }

    private void tell(Consumer<Outcome> then, Outcome outcome) {
        try {
            answers.execute(() -> then.accept(outcome));
        } catch (RejectedExecutionException closed) {
            LOG.debug("Nobody is left to hear of {}.", outcome);
        }
    }

    /** Sends what waits, for a while, and takes nothing new. */
    @Override
    public void close() throws InterruptedException {
        sender.shutdown();
        if (!sender.awaitTermination(CLOSE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
            int unsent = sender.shutdownNow().size();
            LOG.warn("The store did not take {} commands about chat before the gateway closed.", unsent);
        }
    }
}
