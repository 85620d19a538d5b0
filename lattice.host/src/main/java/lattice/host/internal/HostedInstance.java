package lattice.host.internal;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import lattice.api.node.Endpoint;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one instance of this process: made on a thread of its own, told to the node when it is there, closed in bounded time. */
final class HostedInstance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostedInstance.class);

    private final Consumer<List<Endpoint>> ready;
    private final Consumer<String> end;
    private final Duration closeWithin;
    private final HostedContext context;
    private final ExecutorService owner = Executors.newSingleThreadExecutor(task -> new Thread(task, "lattice-service"));
    private final ExecutorService teller = Executors.newSingleThreadExecutor(task -> daemon(task, "lattice-host-ready"));
    private final CompletableFuture<Optional<ServiceInstance>> made = new CompletableFuture<>();
    private volatile boolean closing;

    /**
     * @param context makes the context, given what is to be told that it listens and that it failed
     * @param ready tells the node that the instance is there and where; called again when it listens elsewhere too
     * @param end ends the process, and says why
     */
    HostedInstance(Function<HostedInstance, HostedContext> context, Consumer<List<Endpoint>> ready, Consumer<String> end,
            Duration closeWithin) {
        this.ready = ready;
        this.end = end;
        this.closeWithin = closeWithin;
        this.context = context.apply(this);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Makes it; returns at once. */
    void start(ServiceProvider provider) {
        owner.execute(() -> {
            Optional<ServiceInstance> instance = create(provider, context);
            made.complete(instance);
            if (instance.isPresent()) {
                tell();
            }
        });
    }

    private Optional<ServiceInstance> create(ServiceProvider provider, ServiceContext with) {
        try {
            return Optional.of(provider.create(with));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed("It was interrupted while it started.", e);
        } catch (Exception | LinkageError e) {
            failed("It did not start: " + words(e), e);
        }
        return Optional.empty();
    }

    /** It listens somewhere; that matters to the node once it is made. */
    void listens() {
        if (made.isDone()) {
            tell();
        }
    }

    private void tell() {
        try {
            teller.execute(() -> {
                try {
                    ready.accept(context.endpoints());
                } catch (RuntimeException e) {
                    failed("The node could not be told that it is ready: " + words(e), e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("It listens somewhere while it is closed", e);
        }
    }

    /** It can't go on. */
    void failed(Throwable cause) {
        failed("It failed: " + words(cause), cause);
    }

    private void failed(String why, Throwable cause) {
        if (!closing) {
            LOG.error("{}", why, cause);
            end.accept(why);
        }
    }

    private static String words(Throwable error) {
        return error.getMessage() == null || error.getMessage().isBlank() ? error.toString() : error.getMessage();
    }

    /** Closes it, or interrupts its start; what does not end in time is left to the end of the process. */
    @Override
    public void close() {
        closing = true;
        long deadline = System.nanoTime() + closeWithin.toNanos();
        teller.shutdownNow();
        if (made.isDone()) {
            owner.shutdown();
        } else if (!owner.shutdownNow().isEmpty()) {
            // It had not begun.
            made.complete(Optional.empty());
        }
        Thread closer = daemon(() -> made.thenAccept(instance -> instance.ifPresent(this::close)).join(), "lattice-service-close");
        closer.start();
        try {
            closer.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (closer.isAlive()) {
            LOG.warn("The service did not close within {} s", closeWithin.toSeconds());
            closer.interrupt();
        }
    }

    private void close(ServiceInstance instance) {
        try {
            instance.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("The service did not close in order", e);
        }
    }
}
