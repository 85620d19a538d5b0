package lattice.shell.internal.output;

import java.util.function.IntSupplier;

/**
 * What is at the other end of a session.
 *
 * @param terminal whether a person looks at a terminal there
 * @param width how many columns it has now; 0 if nobody knows
 * @param colours whether colours are wanted
 */
public record Screen(boolean terminal, IntSupplier width, boolean colours) {
    /** The session variable that holds a session's screen. */
    public static final String VARIABLE = ".lattice.screen";

    /** A pipe or a file. */
    public static final Screen NONE = new Screen(false, () -> 0, false);

    /** Lines are never folded to less than this. */
    private static final int NARROWEST = 20;

    /** How many columns lines are folded to; 0 for no folding. */
    public int columns() {
        int columns = terminal ? width.getAsInt() : 0;
        return columns <= 0 ? 0 : Math.max(columns, NARROWEST);
    }
}
