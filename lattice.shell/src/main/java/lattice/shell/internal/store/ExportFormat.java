package lattice.shell.internal.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.shell.CommandException;

/**
 * A key with its value as a line of JSON: {@code {"key": "/a", "text": "..."}}, or {@code "base64"} in place of
 * {@code "text"} for a value that is not UTF-8.
 */
final class ExportFormat {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String KEY = "key";
    private static final String TEXT = "text";
    private static final String BASE64 = "base64";

    private ExportFormat() {
    }

    static String line(Entry entry) throws IOException {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField(KEY, entry.key().path());
            Optional<String> text = text(entry.value());
            if (text.isPresent()) {
                json.writeStringField(TEXT, text.get());
            } else {
                json.writeBinaryField(BASE64, entry.value());
            }
            json.writeEndObject();
        }
        return line.toString();
    }

    /** @throws CommandException that names the file and the line, if it is not of that form */
    static Mutation.Put put(String line, long number, Path file) throws CommandException {
        String key = null;
        byte[] value = null;
        try (JsonParser json = JSON.createParser(line)) {
            require(json.nextToken() == JsonToken.START_OBJECT, "it is no JSON object");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                require(json.nextToken() == JsonToken.VALUE_STRING, "the field '" + field + "' is no string");
                if (field.equals(KEY) && key == null) {
                    key = json.getText();
                } else if (field.equals(TEXT) && value == null) {
                    value = json.getText().getBytes(StandardCharsets.UTF_8);
                } else if (field.equals(BASE64) && value == null) {
                    value = json.getBinaryValue();
                } else {
                    require(false, "the field '" + field + "' is unknown, or there twice");
                }
            }
            require(json.nextToken() == null, "something follows the object");
            require(key != null && value != null, "it needs a key, and a text or base64");
            return new Mutation.Put(new Key(key), value);
        } catch (IOException | StoreException e) {
            throw new CommandException("Line " + number + " of " + file + " can't be taken, so nothing was: "
                    + e.getMessage().lines().findFirst().orElse("it is no JSON"), e);
        }
    }

    private static void require(boolean holds, String otherwise) throws IOException {
        if (!holds) {
            throw new IOException(otherwise + ".");
        }
    }

    private static Optional<String> text(byte[] value) {
        try {
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
