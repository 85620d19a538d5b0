package lattice.log.internal;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lattice.api.id.ServiceId;
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
import org.osgi.framework.Bundle;
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
        Path directory = Activator.directory(context).orElseThrow(
                () -> new CommandException("This node has no home, and so no log to show."));
        Level level = level(arguments.option("--level").orElse("trace"));
        Predicate<LogEvent> about = arguments.optional("about").map(this::about).orElse(event -> true);
        Predicate<LogEvent> wanted = event -> event.line().level().isGreaterOrEqual(level) && about.test(event);

        int count = arguments.number("-n", USUAL_COUNT, 1, MAX_COUNT);
        LogFiles files = new LogFiles(directory, LogSetup.NAME);
        LogFiles.Tail tail = files.last(count, wanted);
        // What a process of the service printed is all about it.
        Predicate<LogEvent> printed = event -> event.line().level().isGreaterOrEqual(level);
        Optional<LogFiles> daemon = arguments.optional("about").filter(LogCommand::isService)
                .map(service -> new LogFiles(directory.resolve(DaemonFiles.DIRECTORY), service));
        LogFiles.Tail daemonTail = daemon.isPresent() ? daemon.get().last(count, printed) : LogFiles.Tail.NOTHING;
        List<LogEvent> events = Stream.concat(tail.events().stream(), daemonTail.events().stream())
                .sorted(Comparator.comparing(event -> event.line().time())).toList();
        events.stream().skip(Math.max(0, events.size() - count)).forEach(event -> print(event, output));
        if (arguments.flag("-f")) {
            follow(files, tail.end(), wanted, daemon, daemonTail.end(), printed, output);
        } else if (events.isEmpty()) {
            output.line("Nothing of that kind has been logged.");
        }
    }

    /** Both as they come; one of them on a thread of its own, which ends with this one. */
    private static void follow(LogFiles files, long end, Predicate<LogEvent> wanted, Optional<LogFiles> daemon,
            long daemonEnd, Predicate<LogEvent> printed, Output output) throws Exception {
        Consumer<LogEvent> together = event -> {
            synchronized (files) {
                print(event, output);
            }
        };
        if (daemon.isEmpty()) {
            files.follow(end, wanted, together);
            return;
        }
        ExecutorService beside = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "lattice-log-daemon");
            thread.setDaemon(true);
            return thread;
        });
        try {
            Future<Void> second = beside.submit(() -> {
                daemon.get().follow(daemonEnd, printed, together);
                return null;
            });
            files.follow(end, wanted, together);
            beside.shutdownNow();
            second.get();
        } finally {
            beside.shutdownNow();
        }
    }

    /** Whether it has the form of a service's id: then it may be part of a file's name, too. */
    private static boolean isService(String text) {
        try {
            new ServiceId(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "about" -> providers().stream().map(LogCommand::service).flatMap(Optional::stream).sorted().distinct().toList();
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
        List<String> bundles = bundles(text);
        return event -> event.line().logger().toLowerCase(Locale.ROOT).contains(words)
                || event.line().message().toLowerCase(Locale.ROOT).contains(words)
                || bundles.stream().anyMatch(event.line().logger()::startsWith);
    }

    /** The bundles that hold a service's code; none if it is a daemon, which another bundle offers in its place. */
    private List<String> bundles(String service) {
        return providers().stream().filter(provider -> service(provider).equals(Optional.of(service)))
                .filter(provider -> provider.getProperty(ServiceProvider.DESCRIPTOR) != null)
                .map(ServiceReference::getBundle).filter(Objects::nonNull).map(Bundle::getSymbolicName).toList();
    }

    private Collection<ServiceReference<ServiceProvider>> providers() {
        try {
            return context.getServiceReferences(ServiceProvider.class, null);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("No filter is a good filter.", e);
        }
    }

    private static Optional<String> service(ServiceReference<ServiceProvider> provider) {
        return Optional.ofNullable(provider.getProperty(ServiceProvider.ID)).filter(String.class::isInstance)
                .map(String.class::cast);
    }

    private static void print(LogEvent event, Output output) {
        LogLine line = event.line();
        output.event(line.format(), Details.of("time", line.time(), "level", line.level().toString(),
                "logger", line.logger(), "thread", line.thread(), "message", line.message(), "trace", event.trace()));
        event.trace().forEach(output::line);
    }
}
