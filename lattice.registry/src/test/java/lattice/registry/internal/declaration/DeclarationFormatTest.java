package lattice.registry.internal.declaration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import lattice.api.id.ServiceId;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclarationFormatTest {
    private static final String VALID = """
            {"v":1,"policy":{"type":"TaggedNodes","tags":["gateway"]},
            "config":{"port":6667},"requires":["a.b"],"after":["c"],
            "restart":"always","isolation":"node"}""";

    private static Declaration read(String json) throws FormatException {
        return DeclarationFormat.read(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsAllOfIt() throws Exception {
        Declaration declaration = read(VALID);
        assertThat(declaration.policy()).isEqualTo(new Policy.TaggedNodes(new TreeSet<>(Set.of("gateway"))));
        assertThat(declaration.config().path("port").asInt()).isEqualTo(6667);
        assertThat(declaration.requires()).isEqualTo(List.of(new ServiceId("a.b")));
        assertThat(declaration.after()).isEqualTo(List.of(new ServiceId("c")));
        assertThat(declaration.restart()).isEqualTo(RestartRule.ALWAYS);
    }

    @Test
    void writesWhatItReads() throws Exception {
        assertThat(DeclarationFormat.read(Json.bytes(DeclarationFormat.write(read(VALID))))).isEqualTo(read(VALID));
    }

    @Test
    void needsLittle() throws Exception {
        Declaration declaration = read("{\"v\":1,\"policy\":{\"type\":\"Global\"}}");
        assertThat(declaration.restart()).isEqualTo(RestartRule.ON_FAILURE);
        assertThat(declaration.config().isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', value = {
        "{\"policy\":{\"type\":\"Global\"}}                                          | field 'v'",
        "{\"v\":2,\"policy\":{\"type\":\"Global\"}}                                  | field 'v'",
        "{\"v\":1.0,\"policy\":{\"type\":\"Global\"}}                                | field 'v'",
        "{\"v\":1}                                                                   | no field 'policy'",
        "{\"v\":1,\"policy\":\"Global\"}                                             | no policy",
        "{\"v\":1,\"policy\":{\"type\":\"Everywhere\"}}                              | no policy",
        "{\"v\":1,\"policy\":{\"type\":\"Global\",\"tags\":[]}}                      | unknown field 'tags'",
        "{\"v\":1,\"policy\":{\"type\":\"TaggedNodes\",\"tags\":[]}}                 | 0 tags",
        "{\"v\":1,\"policy\":{\"type\":\"TaggedNodes\",\"tags\":[\"a b\"]}}          | 'a b'",
        "{\"v\":1,\"policy\":{\"type\":\"TaggedNodes\",\"tags\":[1]}}                | not a list of strings",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"polcy\":1}                      | unknown field 'polcy'",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":[]}                    | 'config'",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"requires\":[\"../x\"]}          | '../x'",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"restart\":\"often\"}            | 'restart'",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"isolation\":\"none\"}           | isolation",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"policy\":{\"type\":\"Global\"}} | Duplicate field",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"}} {}                               | not JSON",
        "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":{\"a\":1e999999999}}   | too large",
        "[]                                                                          | JSON object",
        "null                                                                        | JSON object"
    })
    void refusesWhatItDoesNotKnow(String json, String why) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(FormatException.class).hasMessageContaining(why);
    }

    @Test
    void refusesDeepNesting() {
        String deep = "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":" + "{\"a\":".repeat(5000) + "1"
                + "}".repeat(5000) + "}";
        assertThatThrownBy(() -> read(deep)).isInstanceOf(FormatException.class);
    }

    @Property
    void readingArbitraryBytesEndsInAFormatError(@ForAll byte[] bytes) {
        assertThatThrownBy(() -> DeclarationFormat.read(bytes)).isInstanceOf(FormatException.class);
    }

    /** One byte of a valid declaration changed: it is read as something, or refused, and nothing else happens. */
    @Property(tries = 3000)
    void readingDamagedDeclarationsEndsWell(@ForAll @IntRange(max = 1000) int place,
            @ForAll byte with) throws Exception {
        byte[] damaged = VALID.getBytes(StandardCharsets.UTF_8);
        damaged[place % damaged.length] = with;
        try {
            Declaration declaration = DeclarationFormat.read(damaged);
            assertThat(DeclarationFormat.read(Json.bytes(DeclarationFormat.write(declaration)))).isEqualTo(declaration);
        } catch (FormatException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
