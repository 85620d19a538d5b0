package lattice.shell;

import org.osgi.annotation.versioning.ProviderType;

/** Where a command answers. With {@code --json} tables become arrays of objects and details an object. */
@ProviderType
public interface Output {
    /** Shows rows; folded to the terminal's width, plain and unfolded in a pipe. */
    void table(Table table);

    /** Shows one thing, field by field. */
    void details(Details details);

    /** Says something to the person; not printed with {@code --json}. */
    void line(String text);

    /** Prints one of many as they come, such as an event: {@code text} for a person, {@code fields} with {@code --json}. */
    void event(String text, Details fields);

    /** Prints bytes as they are, such as a value that goes into a pipe. */
    void raw(byte[] bytes);
}
