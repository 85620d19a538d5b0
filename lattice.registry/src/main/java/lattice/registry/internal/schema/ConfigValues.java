package lattice.registry.internal.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lattice.api.service.ServiceConfig;

/** Turns JSON into the values that a service is given. */
public final class ConfigValues {
    private ConfigValues() {
    }

    public static ServiceConfig config(ObjectNode json) {
        return new ServiceConfig(map(json));
    }

    private static Map<String, Object> map(ObjectNode json) {
        Map<String, Object> map = new LinkedHashMap<>();
        json.properties().forEach(field -> {
            if (!field.getValue().isNull()) {
                map.put(field.getKey(), value(field.getValue()));
            }
        });
        return Collections.unmodifiableMap(map);
    }

    private static Object value(JsonNode node) {
        if (node instanceof ObjectNode object) {
            return map(object);
        }
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            for (JsonNode element : node) {
                if (!element.isNull()) {
                    list.add(value(element));
                }
            }
            return Collections.unmodifiableList(list);
        }
        if (node.isNumber()) {
            return number(node.decimalValue());
        }
        return node.isBoolean() ? (Object) node.booleanValue() : node.textValue();
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
