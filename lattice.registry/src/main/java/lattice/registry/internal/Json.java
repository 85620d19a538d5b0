package lattice.registry.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** JSON as we read and write it: strict, and bounded in depth and length, since some of it comes from the mesh. */
public final class Json {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_NUMBER_DIGITS = 100;
    private static final int MAX_EXPONENT = 300;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_DIGITS).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private Json() {
    }

    /** Text that is not what it should be; the message is one sentence. */
    public static final class FormatException extends Exception {
        private static final long serialVersionUID = 1L;

        public FormatException(String message) {
            super(message);
        }
    }

    /** Reads a JSON object. */
    public static ObjectNode object(byte[] utf8) throws FormatException {
        return asObject(read(utf8));
    }

    /** Reads any JSON value. */
    public static JsonNode read(byte[] utf8) throws FormatException {
        JsonNode node;
        try {
            node = MAPPER.readTree(utf8);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr();
            throw new FormatException("is not JSON" + place + ": " + oneLine(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new FormatException("is not JSON: " + oneLine(e.getMessage()));
        }
        if (node == null || node.isMissingNode()) {
            throw new FormatException("is empty, and must be JSON.");
        }
        checkNumbers(node);
        return node;
    }

    /** A number such as 1e999999999 is short to write and ruinous to calculate with. */
    private static void checkNumbers(JsonNode node) throws FormatException {
        if (node.isBigDecimal()) {
            BigDecimal number = node.decimalValue();
            if (Math.abs((long) number.precision() - number.scale()) > MAX_EXPONENT
                    || Math.abs(number.scale()) > MAX_EXPONENT) {
                throw new FormatException("has a number that is too large or too precise: " + number + ".");
            }
        }
        for (JsonNode child : node) {
            checkNumbers(child);
        }
    }

    public static ObjectNode asObject(JsonNode node) throws FormatException {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new FormatException("must be a JSON object, such as {\"v\":1}.");
    }

    /** Fails if an object has a field that is not among {@code known}. */
    public static void onlyFields(ObjectNode object, Set<String> known) throws FormatException {
        for (var names = object.fieldNames(); names.hasNext();) {
            String name = names.next();
            if (!known.contains(name)) {
                throw new FormatException("has an unknown field '" + name + "'; known are "
                        + String.join(", ", new TreeSet<>(known)) + ".");
            }
        }
    }

    /** The list of strings in a field; empty if the field is absent. */
    public static List<String> strings(ObjectNode object, String field) throws FormatException {
        JsonNode list = object.get(field);
        if (list == null) {
            return List.of();
        }
        List<String> strings = new ArrayList<>();
        if (list.isArray()) {
            for (JsonNode element : list) {
                if (element.isTextual()) {
                    strings.add(element.textValue());
                }
            }
        }
        if (!list.isArray() || strings.size() != list.size()) {
            throw new FormatException("has a field '" + field + "' that is not a list of strings.");
        }
        return strings;
    }

    public static ObjectNode newObject() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** As compact JSON. */
    public static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As compact JSON with the fields of every object sorted, so that equal values are equal text. */
    public static String canonical(JsonNode node) {
        return sorted(node).toString();
    }

    private static JsonNode sorted(JsonNode node) {
        if (node instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            Collections.sort(names);
            ObjectNode copy = newObject();
            names.forEach(name -> copy.set(name, sorted(object.get(name))));
            return copy;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            array.forEach(element -> copy.add(sorted(element)));
            return copy;
        }
        return node;
    }

    private static String oneLine(String text) {
        return text == null ? "" : text.replaceAll("\\s+", " ").strip();
    }
}
