package lattice.shell.internal.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.Syntax;
import lattice.shell.internal.output.Printable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses the words after a command's name by its syntax. The library that does it is seen nowhere else. */
public final class CommandLineParser {
    static final String HELP = "--help";
    static final String JSON = "--json";

    private static final int HELP_WIDTH = 100;
    private static final int NARROWEST_HELP = 56;

    private final Syntax syntax;
    private final String name;
    private final CommandLine parser;

    public CommandLineParser(Syntax syntax) {
        this.syntax = syntax;
        this.name = CommandDirectory.SCOPE + ":" + syntax.name();
        this.parser = new CommandLine(spec());
        parser.setExpandAtFiles(false);
        parser.setInterpolateVariables(false);
    }

    /** What was typed. */
    record Line(Arguments arguments, boolean help, boolean json) {
    }

    /** @throws CommandException with what is wrong and what would be right */
    Line parse(List<String> words, Path directory) throws CommandException {
        try {
            ParseResult result = parser.parseArgs(words.toArray(String[]::new));
            return new Line(arguments(result, directory), result.isUsageHelpRequested(), result.hasMatchedOption(JSON));
        } catch (ParameterException e) {
            throw new CommandException(explain(e), e);
        }
    }

    /** As much as can be made of a line that is still being typed. */
    public Arguments unfinished(List<String> words, Path directory) {
        CommandLine lenient = new CommandLine(spec());
        lenient.setExpandAtFiles(false);
        lenient.setInterpolateVariables(false);
        lenient.setUnmatchedArgumentsAllowed(true);
        lenient.setOverwrittenOptionsAllowed(true);
        lenient.getCommandSpec().parser().collectErrors(true);
        return arguments(lenient.parseArgs(words.toArray(String[]::new)), directory);
    }

    /** The help text, with colours or without, folded to that many columns; 0 for any. */
    String help(boolean colours, int columns) {
        int width = columns == 0 ? HELP_WIDTH : Math.min(columns, HELP_WIDTH);
        parser.setUsageHelpWidth(Math.max(width, NARROWEST_HELP));
        return parser.getUsageMessage(colours ? Ansi.ON : Ansi.OFF);
    }

    private CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(literal(syntax.summary())).sortOptions(false).abbreviateSynopsis(false);
        if (!syntax.examples().isEmpty()) {
            List<String> footer = new ArrayList<>();
            footer.add("");
            footer.add("Examples:");
            syntax.examples().forEach(example -> footer.add("  " + literal(example)));
            spec.usageMessage().footer(footer.toArray(String[]::new));
        }
        int index = 0;
        for (Syntax.Parameter parameter : syntax.parameters()) {
            boolean any = parameter.arity() == Syntax.Arity.ANY;
            spec.addPositional(PositionalParamSpec.builder()
                    .paramLabel(parameter.name())
                    .description(literal(parameter.description()))
                    .index(any ? index + "..*" : String.valueOf(index))
                    .arity(switch (parameter.arity()) {
                        case REQUIRED -> "1";
                        case OPTIONAL -> "0..1";
                        case ANY -> "0..*";
                    })
                    .required(parameter.arity() == Syntax.Arity.REQUIRED)
                    .type(any ? List.class : String.class)
                    .auxiliaryTypes(String.class)
                    .hideParamSyntax(false)
                    .build());
            index++;
        }
        for (Syntax.Option option : syntax.options()) {
            boolean flag = option.value().isEmpty();
            spec.addOption(OptionSpec.builder(option.name())
                    .description(literal(option.description()))
                    .paramLabel(option.value())
                    .arity(flag ? "0" : "1")
                    .type(flag ? boolean.class : option.repeatable() ? List.class : String.class)
                    .auxiliaryTypes(flag ? boolean.class : String.class)
                    .build());
        }
        if (syntax.shows()) {
            spec.addOption(OptionSpec.builder(JSON).type(boolean.class).arity("0")
                    .description("answer in JSON").build());
        }
        return spec.addOption(OptionSpec.builder(HELP).type(boolean.class).arity("0").usageHelp(true)
                .description("show this help").build());
    }

    private Arguments arguments(ParseResult result, Path directory) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (PositionalParamSpec matched : result.matchedPositionals()) {
            parameters.computeIfAbsent(matched.paramLabel(), label -> new ArrayList<>()).addAll(
                    matched.originalStringValues());
        }
        Map<String, List<String>> options = new HashMap<>();
        for (OptionSpec matched : result.matchedOptions()) {
            options.put(matched.longestName(),
                    matched.arity().max() == 0 ? List.of() : List.copyOf(matched.originalStringValues()));
        }
        return new Parsed(syntax, parameters, options, directory);
    }

    private String explain(ParameterException problem) {
        String seeHelp = "; see " + name + " " + HELP + ".";
        if (problem instanceof UnmatchedArgumentException unmatched) {
            String word = Printable.line(unmatched.getUnmatched().get(0));
            if (!unmatched.isUnknownOption()) {
                return name + " takes nothing after " + last() + ", so not '" + word + "'; put text that has spaces in single quotes"
                        + seeHelp;
            }
            List<String> similar = unmatched.getSuggestions();
            return name + " has no option '" + word + "'" + (similar.isEmpty() ? ""
                    : "; is " + String.join(" or ", similar) + " meant?")
                    + (similar.isEmpty() ? "; put -- before text that starts with a dash" + seeHelp : "");
        }
        if (problem instanceof MissingParameterException missing) {
            return name + " needs " + missing.getMissing().stream()
                    .map(argument -> argument.isOption() ? "a value for " + ((OptionSpec) argument).longestName()
                            : argument.paramLabel())
                    .collect(Collectors.joining(" and ")) + seeHelp;
        }
        if (problem instanceof OverwrittenOptionException overwritten) {
            return name + " takes " + ((OptionSpec) overwritten.getOverwritten()).longestName() + " once" + seeHelp;
        }
        return name + ": " + Printable.line(problem.getMessage()) + seeHelp;
    }

    private String last() {
        int parameters = syntax.parameters().size();
        return parameters == 0 ? name : syntax.parameters().get(parameters - 1).name();
    }

    /** The library formats what it is given. */
    private static String literal(String text) {
        return text.replace("%", "%%");
    }
}
