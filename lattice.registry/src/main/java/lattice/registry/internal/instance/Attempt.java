package lattice.registry.internal.instance;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import lattice.api.node.Endpoint;
import lattice.api.node.NodeStatus;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import lattice.api.store.Acl;
import lattice.api.store.Store;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.provider.Provider;
import lattice.registry.internal.provider.Providers;
import lattice.registry.process.Confinement;
import lattice.registry.internal.schema.ConfigValues;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of an instance, from getting its provider to closing what that made, on a thread of its own. All code of the
 * service that the registry calls is called there, so a service that hangs keeps only its own thread. Whoever owns an
 * attempt asks for things and looks at the phase; nothing here waits for the owner.
 */
public final class Attempt {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

    /** How far it is. */
    public enum Phase {
        /** The factory is at work. */
        STARTING,
        /** The instance runs. */
        RUNNING,
        /** The instance was offered a new config. */
        RECONFIGURING,
        /** The instance is being closed. */
        STOPPING,
        /** All is closed; the thread is about to end. */
        ENDED
    }

    private final InstanceKey key;
    private final Provider provider;
    private final Providers providers;
    private final Optional<Confinement> process;
    private final InstanceContext context;
    private final BooleanSupplier consented;
    private final Runnable changed;
    private final Thread thread;

    private Phase phase = Phase.STARTING;
    private long phaseSince = System.nanoTime();
    private RunConfig config;
    private RunConfig offered;
    private boolean stopAsked;
    private long stopAskedAt;
    private boolean wantsRestart;
    private boolean abandoned;
    private Throwable failure;

    /**
     * Makes an attempt; {@link #start} begins it.
     *
     * @param process what the process of its own may use, if it has one; {@code providers} sees to that
     * @param acl the rights of the service
     * @param store with these rights
     * @param consented asked once more on the last step before code of the provider runs
     * @param changed called, on any thread, when there is something new to see
     */
    public Attempt(InstanceKey key, int number, Provider provider, Providers providers, Optional<Confinement> process,
            RunConfig config, Acl acl, Store store, NodeStatus node, BooleanSupplier consented, Runnable changed) {
        this.key = key;
        this.provider = provider;
        this.providers = providers;
        this.process = process;
        this.config = config;
        this.consented = consented;
        this.changed = changed;
        this.context = new InstanceContext(key.service(), ConfigValues.config(config.effective()), acl, store, node,
                changed, this::failed);
        this.thread = new Thread(this::run, "lattice-service-" + key.service() + "-" + key.mesh().shortId() + "-"
                + number);
        this.thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    public Provider provider() {
        return provider;
    }

    public Optional<Confinement> process() {
        return process;
    }

    public synchronized Phase phase() {
        return phase;
    }

    /** How long ago it was asked to stop, or how long it has been in its phase if it was not, in nanoseconds. */
    public synchronized long phaseNanos() {
        return System.nanoTime() - (stopAsked ? stopAskedAt : phaseSince);
    }

    /** The config that is in force, or with which it starts. */
    public synchronized RunConfig config() {
        return config;
    }

    /** Why it failed, if it did. */
    public synchronized Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Whether it ends only to be made anew with another config. */
    public synchronized boolean wantsRestart() {
        return wantsRestart;
    }

    public synchronized boolean stopAsked() {
        return stopAsked;
    }

    public List<Endpoint> endpoints() {
        return context.endpoints();
    }

    public String threadName() {
        return thread.getName();
    }

    public boolean isAlive() {
        return thread.isAlive();
    }

    /** Asks it to close the instance, or to give up starting it. */
    public synchronized void stop() {
        if (!stopAsked) {
            stopAsked = true;
            stopAskedAt = System.nanoTime();
            if (phase == Phase.STARTING || phase == Phase.RECONFIGURING) {
                thread.interrupt();
            }
            notifyAll();
        }
    }

    /** Offers a running instance a new config. */
    public synchronized void offer(RunConfig newConfig) {
        if (phase == Phase.RUNNING) {
            offered = newConfig;
            enter(Phase.RECONFIGURING);
            notifyAll();
        }
    }

    /** Takes note of a config that is the same to the instance but was declared anew. */
    public synchronized void sameConfig(RunConfig newConfig) {
        config = newConfig;
    }

    /** Gives up on it: what it was given is taken back, and whatever its thread still does has no effect here. */
    public void abandon() {
        synchronized (this) {
            abandoned = true;
            stopAsked = true;
            notifyAll();
        }
        thread.interrupt();
        context.revoke();
    }

    private void run() {
        ServiceInstance instance = null;
        boolean got = false;
        try {
            if (isCalledOff()) {
                return;
            }
            ServiceProvider service = providers.get(provider.reference());
            if (service == null) {
                throw new IllegalStateException("Its provider left, or could not be constructed; lattice:log may say "
                        + "why.");
            }
            got = true;
            Thread.currentThread().setContextClassLoader(service.getClass().getClassLoader());
            if (isCalledOff()) {
                return;
            }
            instance = service.create(context);
            if (instance == null) {
                throw new IllegalStateException("Its provider made no instance.");
            }
            serve(instance);
        } catch (Throwable e) { // whatever a service throws, errors of its class loading included, harms nothing else
            ended(e);
        } finally {
            close(instance);
            context.revoke();
            enterAndTell(Phase.ENDED);
            if (got) {
                providers.unget(provider.reference());
            }
            changed.run();
        }
    }

    private synchronized boolean isCalledOff() {
        if (!stopAsked && !consented.getAsBoolean()) {
            stopAsked = true;
            stopAskedAt = System.nanoTime();
        }
        return stopAsked;
    }

    private void serve(ServiceInstance instance) throws InterruptedException {
        boolean first = true;
        while (true) {
            RunConfig next;
            synchronized (this) {
                if (first) {
                    Thread.interrupted(); // a stop that came while it started; stopAsked says so
                    first = false;
                    if (!stopAsked && failure == null) {
                        enter(Phase.RUNNING);
                    }
                }
            }
            changed.run();
            synchronized (this) {
                while (!stopAsked && failure == null && offered == null) {
                    wait();
                }
                if (stopAsked || failure != null) {
                    return;
                }
                next = offered;
                offered = null;
            }
            if (!reconfigured(instance, next)) {
                return;
            }
        }
    }

    private boolean reconfigured(ServiceInstance instance, RunConfig next) {
        boolean taken = false;
        try {
            taken = instance.reconfigure(ConfigValues.config(next.effective()));
        } catch (Exception | LinkageError e) {
            LOG.warn("{} did not take its new config and is made anew.", key, e);
        }
        synchronized (this) {
            if (taken && !stopAsked) {
                config = next;
                enter(Phase.RUNNING);
            } else {
                wantsRestart = !stopAsked;
            }
            return taken;
        }
    }

    private void close(ServiceInstance instance) {
        enterAndTell(Phase.STOPPING);
        Thread.interrupted(); // it must be free to wait while it closes
        if (instance == null) {
            return;
        }
        try {
            instance.close();
        } catch (Throwable e) { // as above
            LOG.warn("{} failed while it was closed.", key, e);
        } finally {
            context.forgetEndpoints();
        }
    }

    private void failed(Throwable cause) {
        synchronized (this) {
            if (failure == null) {
                failure = cause == null ? new IllegalStateException("It failed without saying why.") : cause;
                notifyAll();
            }
        }
        changed.run();
    }

    private synchronized void ended(Throwable e) {
        if (abandoned || stopAsked) {
            LOG.debug("{} ended after it was asked to stop.", key, e);
        } else if (failure == null) {
            failure = e;
        }
    }

    private void enterAndTell(Phase next) {
        synchronized (this) {
            enter(next);
        }
        changed.run();
    }

    private void enter(Phase next) {
        phase = next;
        phaseSince = System.nanoTime();
    }
}
