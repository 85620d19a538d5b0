package lattice.kernel.internal.node;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.function.UnaryOperator;

/**
 * When a node makes checkpoints by itself.
 *
 * @param bytes after a log has grown so much since the last one
 * @param age after so long, if anything to speak of was written
 * @param grace for how long what a node wrote while it was cut off still counts
 */
public record CheckpointPolicy(long bytes, Duration age, Duration grace) {
    public static final CheckpointPolicy DEFAULT =
            new CheckpointPolicy(64L * 1024 * 1024, Duration.ofDays(1), Duration.ofDays(30));

    /**
     * Reads the framework properties {@code lattice.checkpoint.bytes} (a number), {@code lattice.checkpoint.age} and
     * {@code lattice.checkpoint.grace} (ISO 8601, such as {@code P30D} or {@code PT1H}).
     *
     * @throws IllegalArgumentException if one can't be read, in a sentence
     */
    static CheckpointPolicy of(UnaryOperator<String> properties) {
        String bytes = properties.apply("lattice.checkpoint.bytes");
        if (bytes != null && !bytes.matches("[1-9][0-9]{0,17}")) {
            throw new IllegalArgumentException("The framework property lattice.checkpoint.bytes is '" + bytes
                    + "', not a number of bytes.");
        }
        return new CheckpointPolicy(bytes == null ? DEFAULT.bytes : Long.parseLong(bytes),
                duration("lattice.checkpoint.age", DEFAULT.age, properties),
                duration("lattice.checkpoint.grace", DEFAULT.grace, properties));
    }

    private static Duration duration(String name, Duration otherwise, UnaryOperator<String> properties) {
        String given = properties.apply(name);
        try {
            Duration parsed = given == null ? otherwise : Duration.parse(given);
            if (parsed.isNegative()) {
                throw new IllegalArgumentException("The framework property " + name + " is negative.");
            }
            return parsed;
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("The framework property " + name + " is '" + given
                    + "', not a time such as P30D or PT1H.", e);
        }
    }
}
