package lattice.kernel.internal.node;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** The form of a declaration of a child store: a JSON object with the field {@code v}, which is 1, and no other. */
final class StoreDeclaration {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MAX_BYTES = 64 * 1024;

    private StoreDeclaration() {
    }

    /** @throws IOException if it is not of that form; the message says where it isn't */
    static void parse(byte[] json) throws IOException {
        if (json.length > MAX_BYTES) {
            throw new IOException("it has " + json.length + " bytes, more than " + MAX_BYTES + ".");
        }
        try (JsonParser parser = JSON.createParser(json)) {
            boolean versioned = false;
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("it is no JSON object such as {\"v\":1}.");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                if (!field.equals("v")) {
                    throw new IOException("the field '" + field + "' is unknown.");
                }
                versioned = parser.nextToken() == JsonToken.VALUE_NUMBER_INT && parser.getText().equals("1");
                if (!versioned) {
                    throw new IOException("'v' must be 1.");
                }
            }
            if (!versioned || parser.nextToken() != null) {
                throw new IOException("it is not {\"v\":1}.");
            }
        } catch (JsonProcessingException e) {
            throw new IOException("it is no JSON: " + e.getOriginalMessage() + ".", e);
        }
    }
}
