package lattice.shell.internal.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.Syntax;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CommandLineParserTest {
    private static final Path DIRECTORY = Path.of("/where/she/is");
    private static final Syntax SYNTAX = new Syntax("paint", "Paint 100% of a wall.",
            List.of(new Syntax.Parameter("WALL", "Which.", Syntax.Arity.REQUIRED),
                    new Syntax.Parameter("COLOUR", "Which.", Syntax.Arity.OPTIONAL),
                    new Syntax.Parameter("HELPER", "Who.", Syntax.Arity.ANY)),
            List.of(Syntax.Option.flag("--twice", "Two coats."), Syntax.Option.of("--with", "TOOL", "What with."),
                    Syntax.Option.many("--set", "key=value", "A detail.")),
            true, List.of("lattice:paint north 'light blue'"));

    private final CommandLineParser parser = new CommandLineParser(SYNTAX);

    @Test
    void takesParametersAndOptionsInAnyOrder() throws Exception {
        Arguments arguments = parse("--set", "a=1", "north", "--twice", "blue", "--with", "brush", "--set", "b=2", "Anna", "Bo");

        assertThat(arguments.required("WALL")).isEqualTo("north");
        assertThat(arguments.optional("COLOUR")).contains("blue");
        assertThat(arguments.all("HELPER")).containsExactly("Anna", "Bo");
        assertThat(arguments.flag("--twice")).isTrue();
        assertThat(arguments.option("--with")).contains("brush");
        assertThat(arguments.options("--set")).containsExactly("a=1", "b=2");
    }

    @Test
    void whatIsLeftOutIsEmpty() throws Exception {
        Arguments arguments = parse("north");

        assertThat(arguments.optional("COLOUR")).isEmpty();
        assertThat(arguments.all("HELPER")).isEmpty();
        assertThat(arguments.flag("--twice")).isFalse();
        assertThat(arguments.option("--with")).isEmpty();
        assertThat(arguments.number("--with", 7, 1, 9)).isEqualTo(7);
    }

    @Test
    void saysWhatIsWrongAndWhatWouldBeRight() {
        assertThatThrownBy(() -> parse()).isInstanceOf(CommandException.class)
                .hasMessage("lattice:paint needs WALL; see lattice:paint --help.");
        assertThatThrownBy(() -> parse("north", "--twise")).isInstanceOf(CommandException.class)
                .hasMessage("lattice:paint has no option '--twise'; is --twice meant?");
        assertThatThrownBy(() -> parse("north", "--with")).isInstanceOf(CommandException.class)
                .hasMessage("lattice:paint needs a value for --with; see lattice:paint --help.");
        assertThatThrownBy(() -> parse("north", "--with", "a", "--with", "b")).isInstanceOf(CommandException.class)
                .hasMessage("lattice:paint takes --with once; see lattice:paint --help.");
        assertThatThrownBy(() -> parse("north", "--with", "x").number("--with", 1, 1, 5))
                .isInstanceOf(CommandException.class).hasMessage("--with is a whole number from 1 to 5, not 'x'.");
        assertThatThrownBy(() -> new CommandLineParser(new Syntax("rest", "Rest.", List.of(), List.of(), false, List.of()))
                .parse(List.of("now"), DIRECTORY)).isInstanceOf(CommandException.class)
                .hasMessageStartingWith("lattice:rest takes nothing after lattice:rest, so not 'now'");
    }

    @Test
    void aNameThatIsNotInTheSyntaxIsAProgrammingError() throws Exception {
        Arguments arguments = parse("north");

        assertThatThrownBy(() -> arguments.optional("wall")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> arguments.flag("--once")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void helpShowsAllOfIt() throws Exception {
        assertThat(parser.parse(List.of("--help"), DIRECTORY).help()).isTrue();
        assertThat(parser.help(false, 0)).contains("Usage: lattice:paint", "Paint 100% of a wall.", "WALL", "[COLOUR]",
                "--twice", "--with=TOOL", "--set=key=value", "--json", "lattice:paint north 'light blue'");
        assertThat(parser.help(true, 60)).contains("\u001b[");
        assertThat(parser.help(false, 60).lines()).allMatch(line -> line.length() <= 60);
    }

    @Test
    void filesAreSeenFromWhereThePersonIs() throws Exception {
        assertThat(parse("north", "--with", "brush").file("--with")).contains(Path.of("/where/she/is/brush"));
        assertThat(parse("/north").file("WALL")).contains(Path.of("/north"));
    }

    @Test
    void makesWhatItCanOfALineThatIsStillBeingTyped() {
        Arguments arguments = parser.unfinished(List.of("nor", "--with"), DIRECTORY);

        assertThat(arguments.all("WALL")).containsExactly("nor");
    }

    @Property
    void textComesThroughAsItIs(@ForAll String text) throws Exception {
        assertThat(parse("--", text).required("WALL")).isEqualTo(text);
        assertThat(parse("north", "--set", "x=" + text).options("--set")).containsExactly("x=" + text);
    }

    private Arguments parse(String... words) throws CommandException {
        return parser.parse(List.of(words), DIRECTORY).arguments();
    }
}
