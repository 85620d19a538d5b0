package lattice.shell;

/**
 * A cell whose colour says something.
 *
 * @param text the cell
 * @param tone what it says
 */
public record Styled(String text, Tone tone) {
    /** What a colour says. */
    public enum Tone {
        GOOD, WARNING, BAD, QUIET
    }
}
