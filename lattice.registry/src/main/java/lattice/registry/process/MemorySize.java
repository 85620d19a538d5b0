package lattice.registry.process;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory as people write it: {@code 256M}.
 *
 * @param bytes at least 1 MiB
 */
public record MemorySize(long bytes) {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,11})([KMG]?)");
    private static final long LEAST = 1L << 20;
    private static final long MOST = 1L << 50;
    private static final String UNITS = "KMG";

    /** @throws IllegalArgumentException if it is less than 1 MiB, or more than any machine has */
    public MemorySize {
        if (bytes < LEAST || bytes > MOST) {
            throw new IllegalArgumentException("An amount of memory is at least 1M, and less than a petabyte.");
        }
    }

    /**
     * Reads one: a number of bytes, or of units of 1024 bytes ({@code K}), 1024 of these ({@code M}) and so on ({@code G}).
     *
     * @throws IllegalArgumentException if it is none; the message says how one is written
     */
    public static MemorySize of(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("An amount of memory is a number of bytes, or a size such as 256M; not '" + text
                    + "'.");
        }
        int unit = form.group(2).isEmpty() ? 0 : UNITS.indexOf(form.group(2)) + 1;
        long number = Long.parseLong(form.group(1));
        return new MemorySize(number > MOST >> 10 * unit ? Long.MAX_VALUE : number << 10 * unit);
    }

    /** In the largest unit that it is a whole number of. */
    @Override
    public String toString() {
        int unit = Math.min(Long.numberOfTrailingZeros(bytes) / 10, UNITS.length());
        return (bytes >> 10 * unit) + (unit == 0 ? "" : UNITS.substring(unit - 1, unit));
    }
}
