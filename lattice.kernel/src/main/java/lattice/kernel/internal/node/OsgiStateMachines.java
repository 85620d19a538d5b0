package lattice.kernel.internal.node;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import lattice.api.statemachine.StateMachine;
import lattice.kernel.internal.store.StateMachines;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;

/** The state machines that bundles have registered. One is made, if it is a delayed component, when its first command comes. */
final class OsgiStateMachines implements StateMachines, AutoCloseable {
    private final BundleContext context;
    private final Map<ServiceReference<StateMachine>, StateMachine> used = new ConcurrentHashMap<>();
    private final ServiceTracker<StateMachine, ServiceReference<StateMachine>> tracker;

    OsgiStateMachines(BundleContext context) {
        this.context = context;
        try {
            tracker = new ServiceTracker<>(context, context.createFilter("(&(objectClass=" + StateMachine.class.getName()
                    + ")(" + StateMachine.NAME + "=*))"), new References());
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("The filter is a constant.", e);
        }
        tracker.open();
    }

    @Override
    public Optional<StateMachine> find(String name) {
        ServiceReference<StateMachine>[] references = tracker.getServiceReferences();
        if (references == null) {
            return Optional.empty();
        }
        return Arrays.stream(references).filter(reference -> name.equals(reference.getProperty(StateMachine.NAME)))
                .max(Comparator.naturalOrder()).map(reference -> used.computeIfAbsent(reference, context::getService));
    }

    @Override
    public void close() {
        tracker.close();
    }

    /** Keeps references, and gives back the services that were used when they go. */
    private final class References implements ServiceTrackerCustomizer<StateMachine, ServiceReference<StateMachine>> {
        @Override
        public ServiceReference<StateMachine> addingService(ServiceReference<StateMachine> reference) {
            return reference;
        }

        @Override
        public void modifiedService(ServiceReference<StateMachine> reference, ServiceReference<StateMachine> same) {
            // The name is looked at each time.
        }

        @Override
        public void removedService(ServiceReference<StateMachine> reference, ServiceReference<StateMachine> same) {
            if (used.remove(reference) != null) {
                context.ungetService(reference);
            }
        }
    }
}
