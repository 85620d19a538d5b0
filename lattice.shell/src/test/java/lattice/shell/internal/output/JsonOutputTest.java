package lattice.shell.internal.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Table;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class JsonOutputTest {
    @Test
    void tablesAreArraysOfObjects() {
        assertThat(json(output -> output.table(new Table(List.of("name", "n", "ok", "tags", "since", "state", "none"),
                List.of(Arrays.asList("a", 7L, true, List.of("x"), Instant.EPOCH, new Styled("up", Styled.Tone.GOOD), null)),
                ""))))
                .isEqualTo("[{\"name\":\"a\",\"n\":7,\"ok\":true,\"tags\":[\"x\"],\"since\":\"1970-01-01T00:00:00Z\","
                        + "\"state\":\"up\",\"none\":null}]\n");
        assertThat(json(output -> output.table(new Table(List.of("name"), List.of(), "There is none."))))
                .isEqualTo("[]\n");
    }

    @Test
    void oneDocumentWhateverIsShown() {
        assertThat(json(output -> {
            output.line("Said to a person.");
            output.details(Details.of("a", 1));
            output.details(Details.of("b", Details.of("c", 2.5)));
        })).isEqualTo("[{\"a\":1},{\"b\":{\"c\":2.5}}]\n");
    }

    @Test
    void eventsAreALineEach() {
        assertThat(json(output -> {
            output.event("one", Details.of("n", 1));
            output.event("two", Details.of("n", 2));
        })).isEqualTo("{\"n\":1}\n{\"n\":2}\n");
    }

    @Property
    void whatIsReadIsWhatWasShownAndNothingCommandsATerminal(@ForAll("text") String text) throws IOException {
        String json = json(output -> output.details(Details.of("value", text)));

        assertThat(json.strip().chars()).noneMatch(Character::isISOControl);
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            assertThat(parser.nextFieldName()).isEqualTo("value");
            assertThat(parser.nextTextValue()).isEqualTo(text);
        }
    }

    /** Any characters but halves of one, which have no UTF-8. */
    @Provide
    Arbitrary<String> text() {
        return Arbitraries.strings().all().filter(text -> text.chars().noneMatch(c -> Character.isSurrogate((char) c)));
    }

    private static String json(Consumer<Output> use) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonOutput output = new JsonOutput(new PrintStream(bytes), Screen.NONE)) {
            use.accept(output);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
