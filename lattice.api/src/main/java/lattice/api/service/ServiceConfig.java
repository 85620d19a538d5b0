package lattice.api.service;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The config of an instance: a JSON object.
 *
 * @param values fields to {@code Map}, {@code List}, {@code String}, {@code Long}, {@code Double}, {@code Boolean};
 *     unmodifiable; a field that is null in the JSON is absent
 */
public record ServiceConfig(Map<String, Object> values) {
    public ServiceConfig {
        values = Map.copyOf(values);
    }

    /** @throws IllegalArgumentException if the field is absent or no string */
    public String string(String field) {
        return required(field, String.class, "a string");
    }

    /** @throws IllegalArgumentException if the field is absent, no whole number or not an {@code int} */
    public int integer(String field) {
        long value = required(field, Long.class, "a whole number");
        if (value != (int) value) {
            throw wrong(field, "a whole number between " + Integer.MIN_VALUE + " and " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    /** @throws IllegalArgumentException if the field is absent or no boolean */
    public boolean bool(String field) {
        return required(field, Boolean.class, "true or false");
    }

    /** @throws IllegalArgumentException if the field is absent or no list of strings */
    public List<String> strings(String field) {
        List<?> list = required(field, List.class, "a list of strings");
        if (!list.stream().allMatch(String.class::isInstance)) {
            throw wrong(field, "a list of strings");
        }
        return list.stream().map(String.class::cast).toList();
    }

    /** The field's value in the form above, if it is there. */
    public Optional<Object> optional(String field) {
        return Optional.ofNullable(values.get(field));
    }

    private <T> T required(String field, Class<T> type, String form) {
        Object value = values.get(field);
        if (!type.isInstance(value)) {
            throw wrong(field, form);
        }
        return type.cast(value);
    }

    private IllegalArgumentException wrong(String field, String form) {
        return new IllegalArgumentException("Config field '" + field + "' must be " + form + ", not "
                + values.getOrDefault(field, "absent") + ".");
    }
}
