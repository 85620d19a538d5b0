package lattice.shell.internal.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import lattice.shell.Styled;
import lattice.shell.Table;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;

class TableLayoutTest {
    @Test
    void laysColumnsOutByWhatIsInThem() {
        Table table = new Table(List.of("key", "logBytes", "state"),
                List.of(List.of("/a", 5, new Styled("good", Styled.Tone.GOOD)), List.of("/much/longer", 1234567, "bad")), "");

        assertThat(plain(table, 0)).containsExactly(
                "KEY           LOG BYTES  STATE",
                "/a                    5  good",
                "/much/longer    1234567  bad");
    }

    @Test
    void foldsAtWords() {
        Table table = new Table(List.of("key", "value"),
                List.of(List.of("/notes/today", "Water the plants and feed the cat")), "");

        assertThat(plain(table, 30)).containsExactly(
                "KEY           VALUE",
                "/notes/today  Water the plants",
                "              and feed the cat");
    }

    @Test
    void countsWideCharactersAsTwoColumns() {
        Table table = new Table(List.of("key", "value"), List.of(List.of("/日本", "x"), List.of("/abc", "y")), "");

        assertThat(plain(table, 80)).containsExactly(
                "KEY    VALUE",
                "/日本  x",
                "/abc   y");
    }

    @Test
    void goesFieldByFieldWhereColumnsHaveNoRoom() {
        Table table = new Table(List.of("service", "state", "reason"),
                List.of(List.of("lattice.irc-gateway", "AwaitingConsent", "It waits.")), "");

        assertThat(plain(table, 30)).containsExactly(
                "SERVICE  lattice.irc-gateway",
                "STATE    AwaitingConsent",
                "REASON   It waits.");
    }

    @Property
    void neverGetsWiderThanTheTerminal(@ForAll @Size(min = 1, max = 6) List<@StringLength(max = 60) String> cells,
            @ForAll @IntRange(min = 20, max = 200) int columns) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < cells.size(); i++) {
            names.add("column" + i);
        }
        Table table = new Table(names, List.of(List.copyOf(cells)), "");

        assertThat(TableLayout.lines(table, columns)).allMatch(line -> line.columnLength() <= columns);
    }

    @Property
    void foldingLosesNothingButSpaces(@ForAll String text, @ForAll @IntRange(min = 2, max = 40) int width) {
        AttributedString line = new AttributedString(Printable.line(text));

        String folded = Fold.fold(line, width).stream().map(AttributedString::toString).collect(Collectors.joining());

        assertThat(folded.replace(" ", "")).isEqualTo(line.toString().replace(" ", ""));
    }

    @Test
    void keepsNamesInSentencesWhole() {
        AttributedString line = new AttributedString("Type lattice:consent lattice.irc-gateway FollowMesh");

        assertThat(Fold.prose(line, 30)).extracting(AttributedString::toString)
                .containsExactly("Type lattice:consent", "lattice.irc-gateway FollowMesh");
    }

    @Property
    void wholeWordsAreWiderThanTheTerminalOnlyAlone(@ForAll @CharRange(from = 'a', to = 'c') @Chars({' ', '/', '-'}) String text,
            @ForAll @IntRange(min = 1, max = 20) int width) {
        List<AttributedString> lines = Fold.wholeWords(new AttributedString(text), width);

        assertThat(lines).allMatch(line -> line.columnLength() <= width || line.toString().matches("[^ /]*[ /]*"));
        assertThat(lines.stream().map(AttributedString::toString).collect(Collectors.joining()).replace(" ", ""))
                .isEqualTo(text.replace(" ", ""));
    }

    @Test
    void leavesATokenWhole() {
        assertThat(TableLayout.detail(new AttributedString("token"), 5, List.of(new AttributedString("a-b".repeat(20))), 40))
                .extracting(AttributedString::toString).containsExactly("token  " + "a-b".repeat(20));
    }

    private static List<String> plain(Table table, int columns) {
        return TableLayout.lines(table, columns).stream().map(AttributedString::toString).toList();
    }
}
