package lattice.kernel.internal.node;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.kernel.internal.store.EngineSettings;

/**
 * How much of their logs stores keep for watchers and histories, as framework properties say: {@code lattice.retention.size},
 * a number of bytes with {@code K}, {@code M} or {@code G}, and {@code lattice.retention.age}, a number with {@code s},
 * {@code m}, {@code h} or {@code d}.
 */
public final class Retention {
    static final String SIZE = "lattice.retention.size";
    static final String AGE = "lattice.retention.age";

    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})([A-Za-z]?)");
    private static final Map<String, Long> BYTES = Map.of("", 1L, "K", 1L << 10, "M", 1L << 20, "G", 1L << 30);
    private static final Map<String, Long> SECONDS = Map.of("s", 1L, "m", 60L, "h", 3600L, "d", 86_400L);

    private Retention() {
    }

    /** @throws IOException if a property can't be read; the message says how it should be */
    public static EngineSettings.Limits limits(UnaryOperator<String> properties) throws IOException {
        EngineSettings.Limits usual = EngineSettings.Limits.DEFAULT;
        String size = properties.apply(SIZE);
        String age = properties.apply(AGE);
        if (size == null && age == null) {
            return usual;
        }
        return usual.keeping(
                size == null ? usual.keptLogBytes() : parse(SIZE, size, BYTES, "a number of bytes such as 256M"),
                age == null ? Duration.ofMillis(usual.keptLogMillis())
                        : Duration.ofSeconds(parse(AGE, age, SECONDS, "a time such as 12h or 30d")));
    }

    private static long parse(String property, String text, Map<String, Long> units, String form) throws IOException {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches() || !units.containsKey(matcher.group(2))) {
            throw new IOException("The property " + property + " must be " + form + ", not '" + text + "'.");
        }
        return Long.parseLong(matcher.group(1)) * units.get(matcher.group(2));
    }
}
