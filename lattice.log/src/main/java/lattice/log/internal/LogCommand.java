package lattice.log.internal;

import ch.qos.logback.classic.Level;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import lattice.api.service.ServiceProvider;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Option;
import lattice.shell.Syntax.Parameter;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@code lattice:log} */
@Component(property = Command.NAME + "=log")
public final class LogCommand implements Command {
    private static final int USUAL_COUNT = 50;
    private static final int MAX_COUNT = 10_000;
    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    private final BundleContext context;

    @Activate
    public LogCommand(BundleContext context) {
        this.context = context;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("log", "Show what the node and its services have logged.",
                List.of(new Parameter("about", "a service, or part of a logger's name or of a message", Arity.OPTIONAL)),
                List.of(Option.of("-n", "count", "how many events (" + USUAL_COUNT + ")"),
                        Option.of("--level", "level", "only what is at least an error, warn, info, debug or trace"),
                        Option.flag("-f", "go on with what comes, until Ctrl-C")),
                true,
                List.of("lattice:log -n 20 --level warn", "lattice:log -f lattice.irc-gateway"));
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        LogFiles files = new LogFiles(Activator.directory(context).orElseThrow(
                () -> new CommandException("This node has no home, and so no log to show.")));
        Level level = level(arguments.option("--level").orElse("trace"));
        Predicate<LogEvent> about = arguments.optional("about").map(this::about).orElse(event -> true);
        Predicate<LogEvent> wanted = event -> event.line().level().isGreaterOrEqual(level) && about.test(event);

        LogFiles.Tail tail = files.last(arguments.number("-n", USUAL_COUNT, 1, MAX_COUNT), wanted);
        tail.events().forEach(event -> print(event, output));
        if (arguments.flag("-f")) {
            files.follow(tail.end(), wanted, event -> print(event, output));
        } else if (tail.events().isEmpty()) {
            output.line("Nothing of that kind has been logged.");
        }
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "about" -> List.copyOf(serviceBundles().keySet());
            case "--level" -> LEVELS;
            default -> List.of();
        };
    }

    private static Level level(String name) throws CommandException {
        if (!LEVELS.contains(name.toLowerCase(Locale.ROOT))) {
            throw new CommandException("There is no level '" + name + "': give one of " + String.join(", ", LEVELS) + ".");
        }
        return Level.toLevel(name);
    }

    /** A service is known by its id in what others say of it, and by the name of its bundle in what it says itself. */
    private Predicate<LogEvent> about(String text) {
        String words = text.toLowerCase(Locale.ROOT);
        String bundle = serviceBundles().get(text);
        return event -> event.line().logger().toLowerCase(Locale.ROOT).contains(words)
                || event.line().message().toLowerCase(Locale.ROOT).contains(words)
                || bundle != null && event.line().logger().startsWith(bundle);
    }

    /** The bundles of the services that could run here, by the ids of the services. */
    private Map<String, String> serviceBundles() {
        Map<String, String> bundles = new TreeMap<>();
        try {
            for (ServiceReference<ServiceProvider> provider : context.getServiceReferences(ServiceProvider.class, null)) {
                if (provider.getProperty(ServiceProvider.ID) instanceof String id && provider.getBundle() != null) {
                    bundles.put(id, provider.getBundle().getSymbolicName());
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("No filter is a good filter.", e);
        }
        return bundles;
    }

    private static void print(LogEvent event, Output output) {
        LogLine line = event.line();
        StringBuilder text = new StringBuilder(line.format());
        event.trace().forEach(trace -> text.append('\n').append(trace));
        output.event(text.toString(), Details.of("time", line.time(), "level", line.level().toString(),
                "logger", line.logger(), "thread", line.thread(), "message", line.message(), "trace", event.trace()));
    }
}
