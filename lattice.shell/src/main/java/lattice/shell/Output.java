package lattice.shell;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Where a command answers. With {@code --json} a table becomes an array of objects, details an object, and a command that
 * shows more than one of them answers with an array of those. Control characters in what is shown are shown escaped, so
 * that data can't command a terminal.
 */
@ProviderType
public interface Output {
    /** Shows rows; folded to the terminal's width, plain and unfolded in a pipe. */
    void table(Table table);

    /** Shows one thing, field by field. */
    void details(Details details);

    /** Says one line to the person; not printed with {@code --json}. */
    void line(String text);

    /** Shows how much is done of something that takes a while: a bar that is drawn over, in a terminal; nothing elsewhere. */
    default void progress(String what, long done, long all) {
    }

    /** Prints one of many as they come, such as an event: {@code text} for a person, {@code fields} with {@code --json}. */
    void event(String text, Details fields);

    /** Prints bytes: as they are where they go into a pipe or file, and as escaped text in a terminal. */
    void raw(byte[] bytes);

    /** The same, but {@code fields} with {@code --json}. */
    default void raw(byte[] bytes, Details fields) {
        raw(bytes);
    }
}
