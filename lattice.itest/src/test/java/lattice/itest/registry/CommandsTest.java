package lattice.itest.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import lattice.api.node.InstanceState;
import lattice.consent.ConsentValue;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/** What owners and administrators type. */
@ExtendWith(BundleContextExtension.class)
@Timeout(120)
class CommandsTest {
    private Owner owner;
    private CommandSession session;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void begin(@InjectBundleContext BundleContext context) {
        owner = new Owner(context);
        session = owner.service(CommandProcessor.class).createSession(new ByteArrayInputStream(new byte[0]), printed,
                printed);
    }

    @AfterEach
    void end() throws Exception {
        session.close();
        owner.close();
    }

    private String type(String command) throws Exception {
        printed.reset();
        session.execute(command);
        return printed.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = { "services", "consent", "declare", "undeclare", "override", "rollback", "why",
        "tags" })
    void everyCommandHelps(String command) throws Exception {
        assertThat(type("lattice:" + command + " --help")).contains("lattice:" + command, "--json");
    }

    @Test
    void fromDeclarationToConsentToItsWithdrawal() throws Exception {
        String service = owner.deploy("typed");
        owner.declaredByHand(service);
        assertThat(type("lattice:services")).contains(service, "NotDeclared", "lattice:declare " + service);
        assertThat(type("lattice:declare " + service + " --set name=bob")).contains("AwaitingConsent",
                "lattice:consent " + service + " FollowMesh");
        assertThat(type("lattice:consent " + service)).contains("A probe", "Tests", "not verified", "/port = 7000",
                "itest:typed", "this node (" + owner.node.id().shortId() + ", founder)");
        assertThat(owner.probe("typed").constructed).hasValue(0);
        assertThat(type("lattice:consent " + service + " followmesh")).contains("Running");
        assertThat(type("lattice:why " + service)).contains("Running", "\"name\":\"bob\"", "by this node", "itest:typed");
        assertThat(type("lattice:why " + service + " --json")).startsWith("{").contains("\"state\":\"Running\"");
        assertThat(type("lattice:consent " + service + " Block")).contains("Refused");
        assertThat(owner.probe("typed").closed).hasValue(1);
        assertThat(type("lattice:undeclare " + service)).contains("not declared any more");
        assertThatThrownBy(() -> type("lattice:undeclare " + service)).hasMessageContaining("is not declared");
        assertThatThrownBy(() -> type("lattice:why " + service)).hasMessageContaining("lattice:declare " + service);
    }

    @Test
    void declaringAgainChangesWhatIsNamedAndKeepsTheRest(@TempDir Path folder) throws Exception {
        String service = owner.deploy("changed");
        owner.declaredByHand(service);
        type("lattice:declare " + service + " --set name=bob --restart always");
        type("lattice:declare " + service + " --set port=1 --policy tagged:a,b");
        assertThat(declaration(service)).contains("\"name\":\"bob\"", "\"port\":1", "TaggedNodes", "\"a\",\"b\"",
                "always");
        type("lattice:declare " + service + " --unset port");
        assertThat(declaration(service)).contains("\"name\":\"bob\"").doesNotContain("\"port\"");
        type("lattice:declare " + service + " --config '{\"port\":2}'");
        assertThat(declaration(service)).contains("\"port\":2").doesNotContain("bob");
        Path file = Files.writeString(folder.resolve("config.json"), "{\"port\":3}");
        type("lattice:declare " + service + " --file " + file);
        assertThat(declaration(service)).contains("\"port\":3");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "--set port=many                   | /port",
        "--set prot=1                      | prot",
        "--set port                        | key=value",
        "--config '[]'                     | JSON object",
        "--policy sometimes                | sometimes",
        "--policy tagged:a+b               | a+b",
        "--restart often                   | often",
        "--requires itest.wrong            | waits for itself",
        "--file /does/not/exist            | /does/not/exist",
        "--unset port                      | no field port"
    })
    void whatIsWrongIsSaidInOneLineAndNotDeclared(String options, String complaint) throws Exception {
        String service = owner.deploy("wrong");
        assertThatThrownBy(() -> type("lattice:declare " + service + " " + options)).hasMessageContaining(complaint)
                .extracting(Throwable::getMessage).asString().hasLineCount(1);
        assertThat(owner.root.get(Owner.place(service))).isEmpty();
    }

    @Test
    void aDeclarationForThisNodeAloneStaysHere() throws Exception {
        String service = owner.deploy("mine");
        assertThat(type("lattice:declare " + service + " --local")).contains("LocalOnly", "AwaitingConsent");
        assertThat(owner.root.get(Owner.place(service))).isEmpty();
        assertThat(type("lattice:consent " + service + " FollowMesh")).contains("Running");
        assertThat(type("lattice:why " + service)).contains("for this node alone");
        assertThat(type("lattice:undeclare " + service)).contains("not declared any more");
        assertThat(owner.probe("mine").closed).hasValue(1);
    }

    @Test
    void consentNeedsSomethingToConsentTo() throws Exception {
        owner.declareGlobal("itest.nobody", "{}");
        assertThatThrownBy(() -> type("lattice:consent itest.nobody FollowMesh"))
                .hasMessageContaining("deploy the bundle");
        assertThatThrownBy(() -> type("lattice:consent itest.nobody Perhaps")).hasMessageContaining("AlwaysAllow");
        assertThatThrownBy(() -> type("lattice:consent Not_A_Service Block")).hasMessageContaining("lower-case");
    }

    @Test
    void tagsDecideWhatIsMeantForThisNode() throws Exception {
        String service = owner.deploy("tagged");
        owner.declare(service, "{\"v\":1,\"policy\":{\"type\":\"TaggedNodes\",\"tags\":[\"edge\"]}}");
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.DECLARED);
        assertThat(type("lattice:tags add edge lab")).contains("edge", "lab");
        owner.await(service, InstanceState.RUNNING);
        assertThat(type("lattice:tags remove edge --json")).doesNotContain("edge");
        owner.await(service, InstanceState.DECLARED);
        type("lattice:tags set");
        assertThatThrownBy(() -> type("lattice:tags remove lab")).hasMessageContaining("no tag lab");
        assertThatThrownBy(() -> type("lattice:tags add 'a b'")).hasMessageContaining("a b");
    }

    private String declaration(String service) {
        return owner.root.get(Owner.place(service)).orElseThrow().text();
    }
}
