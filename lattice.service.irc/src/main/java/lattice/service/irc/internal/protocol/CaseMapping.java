package lattice.service.irc.internal.protocol;

/**
 * Which names are the same, by the mapping {@code rfc1459}: letters without regard to case, and <code>{}|^</code> are the
 * lower case of <code>[]\~</code> (RFC 1459 section 2.2).
 */
public final class CaseMapping {
    /** Its name in {@code CASEMAPPING}. */
    public static final String NAME = "rfc1459";

    private CaseMapping() {
    }

    /** The form that all spellings of a name share. */
    public static String fold(String name) {
        char[] folded = name.toCharArray();
        for (int i = 0; i < folded.length; i++) {
            folded[i] = fold(folded[i]);
        }
        return new String(folded);
    }

    /** Whether two spellings are one name. */
    public static boolean same(String one, String other) {
        return fold(one).equals(fold(other));
    }

    private static char fold(char c) {
        // In ASCII [\] come right after Z as {|} come after z, so one range folds them with the letters.
        return c >= 'A' && c <= ']' ? (char) (c + 32) : c == '~' ? '^' : c;
    }
}
