package lattice.shell;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** What was typed after a command's name, parsed by its {@link Syntax}. Names not in the syntax are a programming error. */
@ProviderType
public interface Arguments {
    /** The value of a required parameter. */
    String required(String parameter);

    /** The value of an optional parameter. */
    Optional<String> optional(String parameter);

    /** The values of a repeated parameter. */
    List<String> all(String parameter);

    /** Whether a flag was given. */
    boolean flag(String option);

    /** The value of an option. */
    Optional<String> option(String option);

    /** The values of a repeatable option. */
    List<String> options(String option);

    /** The value of an option as a whole number within bounds, or {@code otherwise}. */
    int number(String option, int otherwise, int min, int max) throws CommandException;

    /** The value of an option or parameter that names a file, as seen from the directory of the person who typed it. */
    default Optional<Path> file(String name) {
        return (name.startsWith("-") ? option(name) : optional(name)).map(Path::of);
    }
}
