package lattice.launcher.internal;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads the command line. By hand, because a few words and options are not worth what a library adds to the start of every
 * node.
 */
final class CommandLine {
    static final String HELP = """
            Lattice runs services on this machine: those that its mesh declares and that you, its owner, consent to.

            usage: lattice [run] [--home DIR] [--no-shell] [-c 'COMMANDS']
                   lattice start | stop | shell [--home DIR]
                   lattice status [--home DIR] [--wait [--pid PID]]
                   lattice exec [--home DIR] 'COMMAND'
                   lattice logs [--home DIR] [-f] [-n LINES] [NAME]
                   lattice restore [--home DIR] FILE
                   lattice demo

              run      start a node in the foreground, with its shell (the default); if standard input is a pipe,
                       commands are read from it and its end stops the node
              start    start a node in the background
              stop     stop the node in the background
              status   say whether a node runs (exit code 0 if so, else 3)
              shell    open a shell in the running node; leaving it leaves the node running
              exec     run a command in the running node
              logs     show the end of the node's log, or with NAME another in its logs/ (console, a daemon's);
                       it need not run
              restore  make a home from a backup; what was consented to is to be consented to again
              demo     start a node in a throw-away home, with an IRC gateway to talk to

              --home DIR       the node's home; else $LATTICE_HOME, else ~/.local/share/lattice
              --no-shell       open no shell and run until SIGTERM
              -c 'COMMANDS'    start, run the commands, stop; the exit code is 1 if one fails
              --wait           with status: wait until a node takes commands, as long as it gets on and for at most 5
                               minutes if it does not
              --pid PID        with --wait: whose node it will be; when that process ends, so does the wait
              -f               go on with what is logged, until Ctrl-C
              -n LINES         how many lines of what was logged (50)
              --help           show this
              --version        show the version
            """;

    private static final Set<String> TAKE_AN_OPERAND = Set.of("exec", "restore", "logs");
    private static final int USUAL_LINES = 50;

    private final Map<String, String> environment;

    CommandLine(Map<String, String> environment) {
        this.environment = environment;
    }

    Invocation parse(List<String> words) throws UsageException {
        Deque<String> left = new ArrayDeque<>(words);
        Optional<String> verb = Optional.empty();
        Optional<String> home = Optional.empty();
        Optional<String> commands = Optional.empty();
        Optional<String> operand = Optional.empty();
        Optional<String> lines = Optional.empty();
        Optional<String> pid = Optional.empty();
        boolean follow = false;
        boolean await = false;
        boolean shell = true;
        boolean literal = false;
        while (!left.isEmpty()) {
            String word = left.pop();
            if (literal || !word.startsWith("-")) {
                if (verb.isEmpty()) {
                    verb = Optional.of(word);
                    continue;
                }
                if (!TAKE_AN_OPERAND.contains(verb.get())) {
                    throw new UsageException("`lattice " + verb.get() + "` takes no argument, but got '" + word + "'.");
                }
                if (operand.isPresent() && !verb.get().equals("exec")) {
                    throw new UsageException("`lattice " + verb.get() + "` takes one name, but got '" + word + "' as well.");
                }
                if (operand.isPresent()) {
                    throw new UsageException("`lattice exec` takes one command: put quotes around it, "
                            + "as in lattice exec '" + operand.get() + " " + word + "'.");
                }
                operand = Optional.of(word);
                continue;
            }
            switch (word) {
                case "--" -> literal = true;
                case "--help", "-h" -> {
                    return new Invocation.Help();
                }
                case "--version" -> {
                    return new Invocation.Version();
                }
                case "--home" -> home = Optional.of(value(word, "a directory", left));
                case "--no-shell" -> shell = false;
                case "-f" -> follow = true;
                case "--wait" -> await = true;
                case "--pid" -> pid = Optional.of(value(word, "the number of a process", left));
                case "-n" -> lines = Optional.of(value(word, "a number of lines", left));
                case "-c" -> commands = Optional.of(value(word, "commands in quotes", left));
                default -> {
                    if (!word.startsWith("--home=")) {
                        throw new UsageException("There is no option '" + word + "'.");
                    }
                    home = Optional.of(word.substring("--home=".length()));
                }
            }
        }
        String action = verb.orElse("run");
        if (!action.equals("run") && (commands.isPresent() || !shell)) {
            throw new UsageException("-c and --no-shell belong to `lattice run`, not to `lattice " + action + "`.");
        }
        if (commands.isPresent() && !shell) {
            throw new UsageException("-c opens no shell in any case: leave --no-shell out.");
        }
        if (!action.equals("status") && await) {
            throw new UsageException("--wait belongs to `lattice status`, not to `lattice " + action + "`.");
        }
        if (pid.isPresent() && !await) {
            throw new UsageException("--pid belongs to `lattice status --wait`.");
        }
        if (!action.equals("logs") && (follow || lines.isPresent())) {
            throw new UsageException("-f and -n belong to `lattice logs`, not to `lattice " + action + "`.");
        }
        return switch (action) {
            case "run" -> new Invocation.Run(home(home), shell, commands);
            case "start" -> new Invocation.Start(home(home));
            case "stop" -> new Invocation.Stop(home(home));
            case "status" -> new Invocation.Status(home(home), await, pid(pid));
            case "shell" -> new Invocation.Shell(home(home));
            case "logs" -> new Invocation.Logs(home(home), operand.orElse(LogFile.NODE), follow, lines(lines));
            case "exec" -> new Invocation.Exec(home(home), operand.orElseThrow(
                    () -> new UsageException("`lattice exec` needs a command, as in lattice exec 'lattice:services'.")));
            case "restore" -> new Invocation.Restore(home(home), Path.of(operand.orElseThrow(
                    () -> new UsageException("`lattice restore` needs a backup, a file that lattice:backup made.")))
                    .toAbsolutePath());
            case "demo" -> {
                if (home.isPresent()) {
                    throw new UsageException("`lattice demo` makes a home of its own and deletes it at the end: "
                            + "leave --home out.");
                }
                yield new Invocation.Demo();
            }
            // Not for people: what it needs to know is in the environment.
            case "service" -> new Invocation.Service();
            case "help" -> new Invocation.Help();
            default -> throw new UsageException("There is no `lattice " + action + "`.");
        };
    }

    private NodeHome home(Optional<String> option) throws UsageException {
        if (option.isPresent() && option.get().isEmpty()) {
            throw new UsageException("--home needs a directory, but got an empty one.");
        }
        return NodeHome.locate(option, environment);
    }

    private static int lines(Optional<String> asked) throws UsageException {
        try {
            int lines = asked.map(Integer::parseInt).orElse(USUAL_LINES);
            if (lines >= 0) {
                return lines;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new UsageException("-n needs a number of lines, but got '" + asked.orElse("") + "'.");
    }

    private static OptionalLong pid(Optional<String> asked) throws UsageException {
        if (asked.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!asked.get().matches("[1-9][0-9]{0,9}")) {
            throw new UsageException("--pid needs the number of a process, but got '" + asked.get() + "'.");
        }
        return OptionalLong.of(Long.parseLong(asked.get()));
    }

    private static String value(String option, String what, Deque<String> left) throws UsageException {
        if (left.isEmpty()) {
            throw new UsageException(option + " needs " + what + " after it.");
        }
        return left.pop();
    }
}
