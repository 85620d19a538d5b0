package lattice.shell.internal.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lattice.shell.CommandException;
import org.apache.felix.gogo.runtime.Parser;
import org.apache.felix.gogo.runtime.Parser.Executable;
import org.apache.felix.gogo.runtime.Parser.Pipeline;
import org.apache.felix.gogo.runtime.Parser.Statement;
import org.apache.felix.gogo.runtime.Token;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Process;

/** Turns what Gogo passes to a command into text. */
final class Words {
    private static final String HINT = "The shell takes {...} and [...] for its own; "
            + "where text is meant put it in single quotes, such as '{\"port\": 6667}'.";

    private Words() {
    }

    /** @throws CommandException if there is something else than text, or text that lost its quotes on the way */
    static List<String> of(List<Object> arguments, Process process) throws CommandException {
        for (Token token : tokens(process)) {
            if (losesQuotes(token)) {
                throw new CommandException(HINT);
            }
        }
        List<String> words = new ArrayList<>(arguments.size());
        for (Object argument : arguments) {
            words.add(word(argument));
        }
        return words;
    }

    private static String word(Object argument) throws CommandException {
        if (argument == null) {
            throw new CommandException("An argument has no value: was a $variable meant that is not set?");
        }
        if (argument instanceof Function || argument instanceof List || argument instanceof Map) {
            throw new CommandException(HINT);
        }
        return argument.toString();
    }

    /** What was typed for the statement that runs in this process. */
    private static List<Token> tokens(Process process) {
        if (process.job().command() instanceof Statement statement) {
            return statement.tokens();
        }
        List<Executable> parts = new Parser(process.job().command()).program().tokens();
        if (parts.size() == 1 && parts.get(0) instanceof Pipeline pipeline) {
            int place = process.job().processes().indexOf(process);
            List<Statement> statements = pipeline.tokens().stream().filter(Statement.class::isInstance)
                    .map(Statement.class::cast).toList();
            return statements.get(place).tokens();
        }
        return List.of();
    }

    /** Whether a word has brackets outside of quotes and quotes: what is typed as JSON, but comes without its quotes. */
    private static boolean losesQuotes(CharSequence word) {
        boolean brackets = false;
        boolean quotes = false;
        char within = 0;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (within != 0) {
                within = c == within ? 0 : within;
            } else if (c == '\'' || c == '"') {
                within = c;
                quotes = true;
            } else if (c == '{' || c == '[') {
                brackets = true;
            } else if (c == '$' || c == '(') {
                // An expression has brackets and quotes of its own.
                return false;
            }
        }
        return brackets && quotes;
    }
}
