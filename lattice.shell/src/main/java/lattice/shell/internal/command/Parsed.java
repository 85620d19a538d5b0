package lattice.shell.internal.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.Syntax;

/** Arguments as they were typed: parameters and options to their values; a flag that is there has none. */
final class Parsed implements Arguments {
    private final Map<String, List<String>> parameters;
    private final Map<String, List<String>> options;
    private final Syntax syntax;
    private final Path directory;

    Parsed(Syntax syntax, Map<String, List<String>> parameters, Map<String, List<String>> options, Path directory) {
        this.syntax = syntax;
        this.parameters = Map.copyOf(parameters);
        this.options = Map.copyOf(options);
        this.directory = directory;
    }

    @Override
    public String required(String parameter) {
        return optional(parameter).orElseThrow(() -> new IllegalStateException(parameter + " was not given."));
    }

    @Override
    public Optional<String> optional(String parameter) {
        return all(parameter).stream().findFirst();
    }

    @Override
    public List<String> all(String parameter) {
        if (syntax.parameters().stream().noneMatch(known -> known.name().equals(parameter))) {
            throw new IllegalArgumentException("The command " + syntax.name() + " has no parameter " + parameter + ".");
        }
        return parameters.getOrDefault(parameter, List.of());
    }

    @Override
    public boolean flag(String option) {
        checkOption(option);
        return options.containsKey(option);
    }

    @Override
    public Optional<String> option(String option) {
        return options(option).stream().findFirst();
    }

    @Override
    public List<String> options(String option) {
        checkOption(option);
        return options.getOrDefault(option, List.of());
    }

    @Override
    public int number(String option, int otherwise, int min, int max) throws CommandException {
        Optional<String> text = option(option);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text.get());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new CommandException(option + " is a whole number from " + min + " to " + max + ", not '" + text.get() + "'.");
    }

    @Override
    public Optional<Path> file(String name) {
        return (name.startsWith("-") ? option(name) : optional(name)).map(directory::resolve);
    }

    private void checkOption(String option) {
        if (syntax.options().stream().noneMatch(known -> known.name().equals(option))) {
            throw new IllegalArgumentException("The command " + syntax.name() + " has no option " + option + ".");
        }
    }
}
