package lattice.shell.internal.command;

import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import org.apache.felix.gogo.jline.Builtin;
import org.apache.felix.gogo.jline.Converters;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.gogo.jline.Procedural;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Converter;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * What people know from other shells ({@code grep}, {@code head}, {@code less}, {@code each}), under Gogo's own scope.
 * They come from a library of Gogo's; its activator, which would open a shell of its own at once, is not used.
 */
@Component(service = StandardCommands.class)
public final class StandardCommands {
    private static final String SCOPE = "gogo";

    private static final String[] PROCEDURAL = {"each", "if", "not", "throw", "try", "until", "while", "break", "continue"};
    private static final String[] POSIX = {"cat", "echo", "grep", "sort", "sleep", "cd", "pwd", "ls", "less", "watch", "head",
            "tail", "clear", "wc", "date"};
    private static final String[] BUILTIN = {"format", "getopt", "new", "set", "tac", "type", "jobs", "fg", "bg"};

    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

    @Activate
    public StandardCommands(BundleContext context, @Reference CommandProcessor processor) {
        BundleContext framework = context.getBundle(Constants.SYSTEM_BUNDLE_ID).getBundleContext();
        registrations.add(context.registerService(Converter.class, new Converters(framework), null));
        offer(context, new Procedural(), PROCEDURAL);
        offer(context, new Posix(processor), POSIX);
        offer(context, new Builtin(), BUILTIN);
    }

    @Deactivate
    void close() {
        registrations.forEach(ServiceRegistration::unregister);
    }

    private void offer(BundleContext context, Object functions, String[] names) {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(CommandProcessor.COMMAND_SCOPE, SCOPE);
        properties.put(CommandProcessor.COMMAND_FUNCTION, names);
        registrations.add(context.registerService(Object.class, functions, properties));
    }
}
