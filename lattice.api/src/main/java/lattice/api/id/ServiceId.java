package lattice.api.id;

import java.util.regex.Pattern;

/**
 * The name of a service, the same on every node of a mesh, such as {@code lattice.irc-gateway}.
 *
 * @param name words of lower-case letters and digits, joined by single dots or hyphens; at most 128 characters
 */
public record ServiceId(String name) implements Comparable<ServiceId> {
    /** The most characters that a service id may have. */
    public static final int MAX_LENGTH = 128;

    private static final Pattern FORM = Pattern.compile("[a-z0-9]+([.-][a-z0-9]+)*");

    /** @throws IllegalArgumentException if {@code name} is not of that form */
    public ServiceId {
        if (name.length() > MAX_LENGTH || !FORM.matcher(name).matches()) {
            throw new IllegalArgumentException("A service id is lower-case letters and digits joined by dots or hyphens, "
                    + "at most " + MAX_LENGTH + " characters, such as lattice.irc-gateway; not '" + name + "'.");
        }
    }

    @Override
    public int compareTo(ServiceId other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
