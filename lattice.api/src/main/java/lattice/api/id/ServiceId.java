package lattice.api.id;

/**
 * The name of a service, the same on every node of a mesh, such as {@code lattice.irc-gateway}.
 *
 * @param name words of lower-case letters and digits, joined by single dots or hyphens; at most 128 characters
 */
public record ServiceId(String name) implements Comparable<ServiceId> {
    /** The most characters that a service id may have. */
    public static final int MAX_LENGTH = 128;

    /** @throws IllegalArgumentException if {@code name} is not of that form */
    public ServiceId {
        if (name.length() > MAX_LENGTH || !isWellFormed(name)) {
            throw new IllegalArgumentException("A service id is lower-case letters and digits joined by dots or hyphens, "
                    + "at most " + MAX_LENGTH + " characters, such as lattice.irc-gateway; not '" + name + "'.");
        }
    }

    /** By hand: each transaction that is read names its service, and a regular expression would take longer than the rest. */
    private static boolean isWellFormed(String name) {
        boolean inWord = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean joins = c == '.' || c == '-';
            if (joins ? !inWord : (c < 'a' || c > 'z') && (c < '0' || c > '9')) {
                return false;
            }
            inWord = !joins;
        }
        return inWord;
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
