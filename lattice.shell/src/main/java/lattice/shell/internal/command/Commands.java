package lattice.shell.internal.command;

import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import lattice.shell.Command;
import lattice.shell.CommandException;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Knows the commands by name and offers each to Gogo; a command is made when it is first called, not before. */
@Component(service = CommandDirectory.class, immediate = true)
public final class Commands implements CommandDirectory {
    private final BundleContext context;
    private final TreeMap<String, SortedSet<ServiceReference<Command>>> byName = new TreeMap<>();
    private final Map<ServiceReference<Command>, ServiceRegistration<Function>> offered = new HashMap<>();

    @Activate
    public Commands(BundleContext context) {
        this.context = context;
    }

    @Reference(service = Command.class, target = "(" + Command.NAME + "=*)", cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    void add(ServiceReference<Command> command) {
        String name = name(command);
        synchronized (this) {
            byName.computeIfAbsent(name, key -> new TreeSet<>()).add(command);
        }
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(CommandProcessor.COMMAND_SCOPE, SCOPE);
        properties.put(CommandProcessor.COMMAND_FUNCTION, name);
        if (command.getProperty(Constants.SERVICE_RANKING) instanceof Integer ranking) {
            properties.put(Constants.SERVICE_RANKING, ranking);
        }
        ServiceRegistration<Function> registration = context.registerService(Function.class,
                new CommandFunction(name, call -> use(name, command, call)), properties);
        synchronized (this) {
            offered.put(command, registration);
        }
    }

    void remove(ServiceReference<Command> command) {
        ServiceRegistration<Function> registration;
        synchronized (this) {
            registration = offered.remove(command);
            byName.computeIfPresent(name(command), (name, all) -> {
                all.remove(command);
                return all.isEmpty() ? null : all;
            });
        }
        if (registration != null) {
            registration.unregister();
        }
    }

    @Override
    public synchronized List<String> names() {
        return List.copyOf(byName.keySet());
    }

    @Override
    public <R> Optional<R> use(String name, Use<R> use) throws Exception {
        ServiceReference<Command> command;
        synchronized (this) {
            command = Optional.ofNullable(byName.get(name)).map(SortedSet::last).orElse(null);
        }
        return command == null ? Optional.empty() : Optional.ofNullable(use(name, command, use));
    }

    private <R> R use(String name, ServiceReference<Command> reference, Use<R> use) throws Exception {
        Command command = context.getService(reference);
        if (command == null) {
            throw new CommandException("The command " + SCOPE + ":" + name
                    + " could not be made, or its bundle has just gone; lattice:log says more.");
        }
        try {
            return use.with(command);
        } finally {
            context.ungetService(reference);
        }
    }

    private static String name(ServiceReference<Command> command) {
        return String.valueOf(command.getProperty(Command.NAME));
    }
}
