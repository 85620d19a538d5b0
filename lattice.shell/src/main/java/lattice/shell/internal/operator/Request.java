package lattice.shell.internal.operator;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a client asks for, one line of JSON: {@code {"command":"lattice:node","columns":80,"color":true,
 * "directory":"/home/anna"}}. All but the command may be left out; what is not known is passed over.
 *
 * @param command the program to run
 * @param columns how wide the client's terminal is; 0 if it has none
 * @param colour whether it wants colours
 * @param directory where it was called, for the names of files
 */
record Request(String command, int columns, boolean colour, Optional<Path> directory) {
    private static final JsonFactory JSON = new JsonFactory();

    static Request parse(String line) throws MalformedRequestException {
        String command = null;
        int columns = 0;
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
                    case "columns" -> columns = Math.max(0, json.getValueAsInt());
                    case "color" -> colour = json.getValueAsBoolean();
                    case "directory" -> directory = json.getValueAsString();
                    default -> json.skipChildren();
                }
            }
            if (command == null) {
                throw new MalformedRequestException("A request needs a command.");
            }
            return new Request(command, columns, colour, Optional.ofNullable(directory).map(Path::of));
        } catch (IOException | InvalidPathException e) {
            throw new MalformedRequestException("The request can't be read: " + e.getMessage());
        }
    }

    /** Why a request can't be done, in a sentence. */
    static final class MalformedRequestException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedRequestException(String message) {
            super(message);
        }
    }
}
