package lattice.shell.internal.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lattice.shell.Command;
import lattice.shell.Syntax;
import lattice.shell.internal.command.CommandLineParser;
import lattice.shell.internal.command.CommandDirectory;
import lattice.shell.internal.session.ShellSession;
import org.apache.felix.gogo.runtime.CommandSessionImpl;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes the names of commands, their options, and what a command says may stand in a place. */
final class CommandCompleter implements Completer {
    private static final Logger LOG = LoggerFactory.getLogger(CommandCompleter.class);

    private final CommandDirectory commands;
    private final ShellSession session;

    CommandCompleter(CommandDirectory commands, ShellSession session) {
        this.commands = commands;
        this.session = session;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        try {
            String begun = line.word().substring(0, Math.min(line.wordCursor(), line.word().length()));
            if (line.wordIndex() == 0) {
                names(begun, candidates);
                return;
            }
            List<String> before = new ArrayList<>(line.words().subList(0, line.wordIndex()));
            String name = before.remove(0);
            name = name.startsWith(CommandDirectory.SCOPE + ":") ? name.substring(CommandDirectory.SCOPE.length() + 1) : name;
            commands.use(name, command -> {
                arguments(command, before, begun, candidates);
                return null;
            });
        } catch (Exception e) {
            LOG.warn("The line '{}' could not be completed.", line.line(), e);
        }
    }

    private void names(String begun, List<Candidate> candidates) throws Exception {
        List<String> ours = commands.names();
        for (String name : ours) {
            String summary = commands.use(name, command -> command.syntax().summary()).orElse(null);
            candidates.add(new Candidate(CommandDirectory.SCOPE + ":" + name, CommandDirectory.SCOPE + ":" + name, null, summary, null, null,
                    true));
            if (!begun.isEmpty()) {
                candidates.add(new Candidate(name, name, null, summary, null, null, true));
            }
        }
        if (!begun.isEmpty() && session.gogo().get(CommandSessionImpl.COMMANDS) instanceof Set<?> all) {
            for (Object scoped : all) {
                String whole = scoped.toString();
                String bare = whole.substring(whole.indexOf(':') + 1);
                if (!whole.startsWith(CommandDirectory.SCOPE + ":")) {
                    candidates.add(new Candidate(whole));
                    if (!ours.contains(bare)) {
                        candidates.add(new Candidate(bare));
                    }
                }
            }
        }
    }

    private void arguments(Command command, List<String> before, String begun, List<Candidate> candidates) {
        Syntax syntax = command.syntax();
        Optional<Syntax.Option> asked = before.isEmpty() ? Optional.empty()
                : option(syntax, before.get(before.size() - 1)).filter(option -> !option.value().isEmpty());
        if (asked.isPresent()) {
            values(command, asked.get().name(), before, begun, candidates);
            return;
        }
        if (begun.startsWith("-")) {
            for (Syntax.Option option : syntax.options()) {
                if (option.repeatable() || !before.contains(option.name())) {
                    candidates.add(new Candidate(option.name(), option.name(), null, option.description(), null, null, true));
                }
            }
            if (syntax.shows()) {
                candidates.add(new Candidate("--json", "--json", null, "answer in JSON", null, null, true));
            }
            candidates.add(new Candidate("--help", "--help", null, "Show help.", null, null, true));
            return;
        }
        parameter(syntax, before).ifPresent(place -> values(command, place.name(), before, begun, candidates));
    }

    private void values(Command command, String place, List<String> before, String begun, List<Candidate> candidates) {
        List<String> words = new ArrayList<>(before);
        words.add(begun);
        for (String value : command.candidates(place,
                new CommandLineParser(command.syntax()).unfinished(words, session.gogo().currentDir()))) {
            candidates.add(new Candidate(value, value, null, null, null, null, !value.endsWith("/")));
        }
    }

    /** The parameter whose turn it is after these words. */
    private static Optional<Syntax.Parameter> parameter(Syntax syntax, List<String> before) {
        int given = 0;
        for (int i = 0; i < before.size(); i++) {
            Optional<Syntax.Option> option = option(syntax, before.get(i));
            if (option.isPresent() && !option.get().value().isEmpty()) {
                i++;
            } else if (option.isEmpty() && !before.get(i).startsWith("--")) {
                given++;
            }
        }
        List<Syntax.Parameter> parameters = syntax.parameters();
        if (given < parameters.size()) {
            return Optional.of(parameters.get(given));
        }
        return parameters.isEmpty() ? Optional.empty()
                : Optional.of(parameters.get(parameters.size() - 1)).filter(last -> last.arity() == Syntax.Arity.ANY);
    }

    private static Optional<Syntax.Option> option(Syntax syntax, String word) {
        return syntax.options().stream().filter(option -> option.name().equals(word)).findFirst();
    }
}
