package lattice.registry.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigSchemaTest {
    private static ObjectNode json(String text) throws FormatException {
        return Json.object(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ConfigSchema.Checked check(String schema, String config) throws FormatException {
        return new ConfigSchema(json(schema)).check(json(config));
    }

    private static SortedMap<String, String> sensitive(String schema, String config) throws FormatException {
        return ((ConfigSchema.Valid) check(schema, config)).sensitive();
    }

    @Test
    void fillsInDefaultsAtEveryDepth() throws Exception {
        ConfigSchema.Checked checked = check("""
                {"type":"object","properties":{
                  "port":{"type":"integer","default":6667},
                  "tls":{"type":"object","default":{},
                         "properties":{"on":{"type":"boolean","default":false}}}}}""", "{}");
        assertThat(((ConfigSchema.Valid) checked).config()).isEqualTo(json("{\"port\":6667,\"tls\":{\"on\":false}}"));
    }

    @Test
    void doesNotTouchWhatItWasGiven() throws Exception {
        ObjectNode config = json("{}");
        new ConfigSchema(json("{\"properties\":{\"a\":{\"default\":1}}}")).check(config);
        assertThat(config).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', value = {
        "{\"properties\":{\"port\":{\"type\":\"integer\"}}}             | {\"port\":\"x\"} | /port",
        "{\"properties\":{\"port\":{\"maximum\":65535}}}                | {\"port\":70000} | /port",
        "{\"additionalProperties\":false}                               | {\"prot\":1}     | prot",
        "{\"required\":[\"name\"]}                                      | {}               | name",
        "{\"properties\":{\"a\":{\"properties\":{\"b\":{\"enum\":[1]}}}}} | {\"a\":{\"b\":2}} | /a/b",
        "{\"properties\":{\"bind\":{\"format\":\"ipv4\"}}}              | {\"bind\":\"x\"} | /bind"
    })
    void namesTheFieldThatIsWrong(String schema, String config, String field) throws Exception {
        ConfigSchema.Checked checked = check(schema, config);
        assertThat(checked).isInstanceOf(ConfigSchema.Wrong.class);
        assertThat(((ConfigSchema.Wrong) checked).reason()).contains(field).endsWith(".").doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\u0001', delimiter = '|', value = {
        "{\"$ref\":\"http://127.0.0.1:1/schema.json\"}",
        "{\"$ref\":\"file:/etc/hostname\"}",
        "{\"$schema\":\"http://127.0.0.1:1/meta.json\"}",
        "{\"properties\":{\"a\":{\"$ref\":\"classpath:lattice.json\"}}}"
    })
    void fetchesNothing(String schema) throws Exception {
        ConfigSchema.Checked checked = check(schema, "{\"a\":1}");
        assertThat(checked).isInstanceOf(ConfigSchema.Wrong.class);
        assertThat(((ConfigSchema.Wrong) checked).reason()).contains("schema");
    }

    @Test
    void goesByTheVersionThatTheSchemaNames() throws Exception {
        String draft7 = """
                {"$schema":"http://json-schema.org/draft-07/schema#",
                 "properties":{"a":{"items":[{"type":"integer"}],"additionalItems":false}}}""";
        assertThat(check(draft7, "{\"a\":[1]}")).isInstanceOf(ConfigSchema.Valid.class);
        assertThat(check(draft7, "{\"a\":[1,2]}")).isInstanceOf(ConfigSchema.Wrong.class);
        String draft2020 = "{\"properties\":{\"a\":{\"prefixItems\":[{\"type\":\"integer\"}],\"items\":false}}}";
        assertThat(check(draft2020, "{\"a\":[1,2]}")).isInstanceOf(ConfigSchema.Wrong.class);
    }

    @Test
    void findsSensitiveFields() throws Exception {
        String schema = """
                {"$defs":{"address":{"type":"string","sensitive":true}},
                 "properties":{
                  "port":{"type":"integer","default":1,"sensitive":true},
                  "name":{"type":"string"},
                  "bind":{"$ref":"#/$defs/address"},
                  "tls":{"properties":{"key/file":{"sensitive":true}}},
                  "peers":{"type":"array","items":{"properties":{"host":{"sensitive":true}}}}},
                 "anyOf":[{"properties":{"extra":{"sensitive":true}}},{}],
                 "patternProperties":{"^x-":{"type":"string"}}}""";
        assertThat(sensitive(schema, "{\"name\":\"n\",\"peers\":[{\"host\":\"h\",\"b\":1,\"a\":2}]}")).isEqualTo(Map.of(
                "/port", "1", "/bind", "null", "/tls/key~1file", "null", "/extra", "null",
                "/peers", "[{\"a\":2,\"b\":1,\"host\":\"h\"}]"));
    }

    @Test
    void takesTheWholeConfigAsSensitiveWhereItCannotTell() throws Exception {
        assertThat(sensitive("{\"patternProperties\":{\"^x-\":{\"sensitive\":true}}}", "{\"x-a\":1}"))
                .isEqualTo(Map.of("/", "{\"x-a\":1}"));
        assertThat(sensitive("{\"sensitive\":true}", "{\"a\":1}")).isEqualTo(Map.of("/", "{\"a\":1}"));
    }

    @Test
    void givesServicesPlainValues() throws Exception {
        Map<String, Object> values = ConfigValues.config(
                json("{\"a\":1,\"b\":1.0,\"c\":1.5,\"d\":[1,\"x\"],\"e\":{\"f\":true},\"g\":null}")).values();
        assertThat(values).isEqualTo(Map.of("a", 1L, "b", 1L, "c", 1.5, "d", List.of(1L, "x"), "e", Map.of("f", true)));
    }
}
