package lattice.host.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lattice.api.service.ServiceConfig;

/** The config that the node judged, as it wrote it for this process. */
final class ConfigFile {
    private static final ObjectReader JSON = new ObjectMapper().readerFor(Object.class)
            .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.USE_BIG_INTEGER_FOR_INTS,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private ConfigFile() {
    }

    /** @throws IOException if it can't be read or is no JSON object; the message says so */
    static ServiceConfig read(Path file) throws IOException {
        Object json;
        try {
            json = JSON.readValue(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new IOException("The config in " + file + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IOException("The config can't be read from " + file + " (" + e + ").", e);
        }
        if (!(json instanceof Map<?, ?> object)) {
            throw new IOException("The config in " + file + " is no JSON object.");
        }
        return new ServiceConfig(fields(object));
    }

    private static Map<String, Object> fields(Map<?, ?> object) {
        Map<String, Object> fields = new LinkedHashMap<>();
        object.forEach((name, value) -> {
            if (value != null) {
                fields.put((String) name, value(value));
            }
        });
        return Map.copyOf(fields);
    }

    private static Object value(Object json) {
        if (json instanceof Map<?, ?> object) {
            return fields(object);
        }
        if (json instanceof List<?> list) {
            return list.stream().filter(Objects::nonNull).map(ConfigFile::value).toList();
        }
        if (json instanceof BigInteger whole) {
            return number(new BigDecimal(whole));
        }
        return json instanceof BigDecimal decimal ? number(decimal) : json;
    }

    /** JSON has one kind of number: 1.0 is the whole number 1, as JSON Schema has it too. */
    private static Number number(BigDecimal decimal) {
        try {
            return decimal.longValueExact();
        } catch (ArithmeticException e) {
            return decimal.doubleValue();
        }
    }
}
