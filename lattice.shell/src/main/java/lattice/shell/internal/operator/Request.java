package lattice.shell.internal.operator;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a client asks for, one line of JSON: {@code {"command":"lattice:node","columns":80,"color":true,
 * "directory":"/home/anna"}} or, for a whole shell, {@code {"shell":true,"terminal":"xterm","columns":80,"rows":24,
 * "color":true,"directory":"/home/anna"}}. All but the command or the shell may be left out; what is not known is passed
 * over.
 *
 * @param command the program to run; empty for a shell
 * @param terminal the type of the client's terminal, as in {@code TERM}
 * @param columns how wide the client's terminal is; 0 if it has none
 * @param rows how high it is
 * @param colour whether it wants colours
 * @param directory where it was called, for the names of files
 */
record Request(Optional<String> command, String terminal, int columns, int rows, boolean colour, Optional<Path> directory) {
    private static final JsonFactory JSON = new JsonFactory();
    /** A name that is none of an option or a file's: the library may look for it by running a program. */
    private static final Pattern TERMINAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9+._-]{0,63}");
    private static final String PLAIN_TERMINAL = "dumb";
    private static final int MOST_CELLS = 10_000;

    static Request parse(String line) throws MalformedRequestException {
        String command = null;
        boolean shell = false;
        String terminal = PLAIN_TERMINAL;
        int columns = 0;
        int rows = 0;
        boolean colour = false;
        String directory = null;
        try (JsonParser json = JSON.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedRequestException("A request is one JSON object on one line.");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "command" -> command = json.getValueAsString();
                    case "shell" -> shell = json.getValueAsBoolean();
                    case "terminal" -> terminal = json.getValueAsString(PLAIN_TERMINAL);
                    case "columns" -> columns = cells(json.getValueAsInt());
                    case "rows" -> rows = cells(json.getValueAsInt());
                    case "color" -> colour = json.getValueAsBoolean();
                    case "directory" -> directory = json.getValueAsString();
                    default -> json.skipChildren();
                }
            }
            if (command == null != shell) {
                throw new MalformedRequestException("A request is for a command or for a shell.");
            }
            return new Request(Optional.ofNullable(command), TERMINAL.matcher(terminal).matches() ? terminal : PLAIN_TERMINAL,
                    columns, rows, colour, Optional.ofNullable(directory).map(Path::of));
        } catch (IOException | InvalidPathException e) {
            throw new MalformedRequestException("The request can't be read: " + e.getMessage());
        }
    }

    private static int cells(int asked) {
        return Math.max(0, Math.min(asked, MOST_CELLS));
    }

    /** Why a request can't be done, in a sentence. */
    static final class MalformedRequestException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedRequestException(String message) {
            super(message);
        }
    }
}
