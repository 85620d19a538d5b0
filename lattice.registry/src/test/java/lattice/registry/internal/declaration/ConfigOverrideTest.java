package lattice.registry.internal.declaration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigOverrideTest {
    /** The examples of RFC 7396, appendix A, that are about objects. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"a\":\"b\"}                  | {\"a\":\"c\"}                      | {\"a\":\"c\"}",
        "{\"a\":\"b\"}                  | {\"b\":\"c\"}                      | {\"a\":\"b\",\"b\":\"c\"}",
        "{\"a\":\"b\"}                  | {\"a\":null}                       | {}",
        "{\"a\":\"b\",\"b\":\"c\"}      | {\"a\":null}                       | {\"b\":\"c\"}",
        "{\"a\":[\"b\"]}                | {\"a\":\"c\"}                      | {\"a\":\"c\"}",
        "{\"a\":\"c\"}                  | {\"a\":[\"b\"]}                    | {\"a\":[\"b\"]}",
        "{\"a\":{\"b\":\"c\"}}          | {\"a\":{\"b\":\"d\",\"c\":null}}   | {\"a\":{\"b\":\"d\"}}",
        "{\"a\":[{\"b\":\"c\"}]}        | {\"a\":[1]}                        | {\"a\":[1]}",
        "{\"e\":null}                   | {\"a\":1}                          | {\"a\":1,\"e\":null}",
        "{}                             | {\"a\":{\"bb\":{\"ccc\":null}}}    | {\"a\":{\"bb\":{}}}"
    })
    void isAMergePatch(String declared, String patch, String result) throws FormatException {
        ObjectNode before = json(declared);
        assertThat(Json.canonical(new ConfigOverride(json(patch)).over(before))).isEqualTo(result);
        assertThat(before).as("what is declared stays").isEqualTo(json(declared));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"port\":0}             | /port       | true",
        "{\"port\":null}          | /port       | true",
        "{\"port\":0}             | /bind       | false",
        "{\"port\":0}             | ``          | false",
        "{\"tls\":{\"port\":0}}   | /tls/port   | true",
        "{\"tls\":{\"port\":0}}   | /tls/key    | false",
        "{\"tls\":{\"port\":0}}   | /tls        | false",
        "{\"tls\":null}           | /tls/key    | true",
        "{\"hosts\":[\"a\"]}      | /hosts/0    | true",
        "{\"a/b\":1}              | /a~1b       | true"
    })
    void knowsWhichFieldsAreTheOwnersAlone(String patch, String pointer, boolean expected) throws FormatException {
        assertThat(new ConfigOverride(json(patch)).decides(pointer)).isEqualTo(expected);
    }

    private static ObjectNode json(String text) throws FormatException {
        return Json.object(text.getBytes(StandardCharsets.UTF_8));
    }
}
