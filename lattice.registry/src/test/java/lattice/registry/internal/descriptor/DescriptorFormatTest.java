package lattice.registry.internal.descriptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import lattice.consent.AccessRequest;
import lattice.registry.internal.Json.FormatException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DescriptorFormatTest {
    private static Descriptor read(String acl, String more) throws FormatException {
        return DescriptorFormat.read(("{\"v\":1,\"id\":\"a\",\"title\":\"T\",\"version\":\"1\",\"publisher\":\"P\","
                + "\"schema\":{},"
                + "\"acl\":" + acl + more + "}").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsWhatIsAskedFor() throws Exception {
        assertThat(read("{\"read\":[\"/nodes\"],\"write\":[\"/nodes/{node}/health\"]}", "").access())
                .isEqualTo(new AccessRequest(Set.of("/nodes"), Set.of("/nodes/{node}/health")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', value = {
        "{\"write\":[\"/services\"]}         | no service may",
        "{\"write\":[\"/peers/x\"]}          | no service may",
        "{\"write\":[\"/stores/a/b\"]}       | no service may",
        "{\"write\":[\"state\"]}             | wrong prefix",
        "{\"read\":[\"/a/../b\"]}            | wrong prefix",
        "{\"read\":\"/a\"}                   | not a list",
        "{\"red\":[]}                        | unknown field 'red'"
    })
    void refusesWhatNoServiceMayHave(String acl, String why) {
        assertThatThrownBy(() -> read(acl, "")).isInstanceOf(FormatException.class).hasMessageContaining(why);
    }

    @Test
    void refusesUnknownFields() {
        assertThatThrownBy(() -> read("{}", ",\"autoConsent\":true")).isInstanceOf(FormatException.class)
                .hasMessageContaining("autoConsent");
    }

    @Property
    void readingArbitraryBytesEndsInAFormatError(@ForAll byte[] bytes) {
        assertThatThrownBy(() -> DescriptorFormat.read(bytes)).isInstanceOf(FormatException.class);
    }
}
