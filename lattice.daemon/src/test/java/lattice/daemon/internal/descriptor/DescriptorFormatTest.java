package lattice.daemon.internal.descriptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DescriptorFormatTest {
    private static DaemonDescriptor read(String json) throws WrongDescriptorException {
        return DescriptorFormat.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String with(String daemon) {
        return "{\"v\":1,\"id\":\"a.b\",\"title\":\"t\",\"version\":\"1\",\"publisher\":\"p\",\"schema\":{},\"daemon\":" + daemon.replace('\'', '"') + "}";
    }

    @Test
    void readsAllThatThereIs() throws Exception {
        DaemonDescriptor read = read(with("""
                {'command':'/usr/bin/x','arguments':['-v',''],'environment':{'A':'','B':'c'},'inherit':['DISPLAY'],
                 'directory':'/var/lib/x','user':'nobody','limits':{'memory':'256M','files':128,'processes':4},
                 'readiness':{'port':'/port','host':'/host','protocol':'http'},
                 'sandbox':{'network':true,'read':['/opt/x'],'write':['/var/lib/y']},'stopSeconds':3}"""));
        assertThat(read.command()).isEqualTo("/usr/bin/x");
        assertThat(read.arguments()).containsExactly("-v", "");
        assertThat(read.environment()).containsEntry("A", "").containsEntry("B", "c");
        assertThat(read.limits().memory()).hasValue(256L << 20);
        assertThat(read.readiness()).isEqualTo(new Readiness.Port("http", "/host", "/port"));
        assertThat(read.sandbox().orElseThrow()).isEqualTo(new Sandbox(true, List.of(Path.of("/opt/x")),
                List.of(Path.of("/var/lib/y"))));
        assertThat(read.grace().toSeconds()).isEqualTo(3);
        assertThat(read.registryJson()).isEqualTo(
                "{\"v\":1,\"id\":\"a.b\",\"title\":\"t\",\"version\":\"1\",\"publisher\":\"p\",\"schema\":{}}");
    }

    static Stream<Path> thoseOfTheClients() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("..", "clients"), 2)) {
            return files.filter(file -> file.toString().endsWith(".daemon.json")).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("thoseOfTheClients")
    void readsThoseOfTheClients(Path file) throws Exception {
        assertThat(DescriptorFormat.read(Files.readAllBytes(file)).readiness()).isInstanceOf(Readiness.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{}                                                                | 'command' is missing",
        "{'command':''}                                                    | 'command' is empty",
        "{'command':'./x','readiness':{'call':true}}                       | an absolute path, or a name",
        "{'command':'x'}                                                   | 'daemon.readiness' says how",
        "{'command':'x','readiness':{'call':false}}                        | 'daemon.readiness' says how",
        "{'command':'x','readiness':{'line':'r','port':1}}                 | a field 'port', which is not known",
        "{'command':'x','readiness':{'port':0}}                            | is a port, or where in the config",
        "{'command':'x','readiness':{'port':'port'}}                       | is a port, or where in the config",
        "{'command':'x','readiness':{'port':1,'protocol':'A B'}}           | is a word such as http",
        "{'command':'x','readiness':{'call':true},'nice':1}                | a field 'nice', which is not known",
        "{'command':'x','readiness':{'call':true},'arguments':'a'}         | 'arguments' is a list",
        "{'command':'x','readiness':{'call':true},'arguments':[1]}         | no string",
        "{'command':'x','readiness':{'call':true},'environment':['a']}     | 'daemon.environment' is an object",
        "{'command':'x','readiness':{'call':true},'environment':{'A=B':''}}| no name of a variable",
        "{'command':'x','readiness':{'call':true},'environment':{'LATTICE_TOKEN':''}} | is the node's to say",
        "{'command':'x','readiness':{'call':true},'environment':{'LD_PRELOAD':'/x'}}  | would change programs",
        "{'command':'x','readiness':{'call':true},'inherit':['LD_PRELOAD']}| would change programs",
        "{'command':'x','readiness':{'call':true},'directory':'x'}         | no absolute path",
        "{'command':'x','readiness':{'call':true},'user':'-x'}             | no name of a user",
        "{'command':'x','readiness':{'call':true},'limits':{'memory':'0'}} | 'daemon.limits.memory' is",
        "{'command':'x','readiness':{'call':true},'limits':{'memory':'1T'}}| 'daemon.limits.memory' is",
        "{'command':'x','readiness':{'call':true},'limits':{'memory':1.5}} | 'daemon.limits.memory' is",
        "{'command':'x','readiness':{'call':true},'limits':{'memory':'999999999999G'}} | 'daemon.limits.memory' is",
        "{'command':'x','readiness':{'call':true},'limits':{'files':1}}    | 'files' is a whole number",
        "{'command':'x','readiness':{'call':true},'limits':{'cpu':1}}      | a field 'cpu', which is not known",
        "{'command':'x','readiness':{'call':true},'sandbox':true}          | 'daemon.sandbox' is an object",
        "{'command':'x','readiness':{'call':true},'sandbox':{'network':1}} | is true or false",
        "{'command':'x','readiness':{'call':true},'sandbox':{'read':['x']}}| no absolute path",
        "{'command':'x','readiness':{'call':true},'stopSeconds':9}         | 'stopSeconds' is a whole number",
    })
    void saysWhatIsWrong(String daemon, String problem) {
        assertThatThrownBy(() -> read(with(daemon))).isInstanceOf(WrongDescriptorException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void saysWhatIsWrongAsAWhole() {
        assertThatThrownBy(() -> read("")).hasMessageContaining("no JSON");
        assertThatThrownBy(() -> read("[]")).hasMessageContaining("no JSON object");
        assertThatThrownBy(() -> read("{\"id\":\n!")).hasMessageContaining("no JSON at line 2");
        assertThatThrownBy(() -> read("{\"id\":\"a.b\",\"id\":\"a.c\"}")).hasMessageContaining("Duplicate field 'id'");
        assertThatThrownBy(() -> read("{} x")).hasMessageContaining("no JSON");
        assertThatThrownBy(() -> read("{\"id\":\"A\"}")).hasMessageContaining("names no service");
        assertThatThrownBy(() -> read("{\"id\":\"a.b\"}")).hasMessageContaining("no field 'daemon'");
        assertThatThrownBy(() -> read("{\"id\":\"a.b\",\"daemon\":{}}")).hasMessageContaining("'title' is missing");
        assertThatThrownBy(() -> read(with("{}").replace("\"schema\":{},", ""))).hasMessageContaining("no field 'schema'");
        assertThatThrownBy(() -> read("[".repeat(100_000))).isInstanceOf(WrongDescriptorException.class);
    }

    @Property(tries = 300)
    void anyBytesAreReadOrRefusedInWords(@ForAll byte[] bytes) {
        try {
            DescriptorFormat.read(bytes);
        } catch (WrongDescriptorException e) {
            assertThat(e.getMessage()).endsWith(".").doesNotContain("\n");
        }
    }
}
