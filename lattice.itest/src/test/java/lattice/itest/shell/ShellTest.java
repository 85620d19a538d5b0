package lattice.itest.shell;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.List;
import lattice.api.store.Key;
import lattice.itest.registry.Owner;
import lattice.shell.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/** The commands of a whole node. */
@ExtendWith(BundleContextExtension.class)
@Timeout(120)
class ShellTest {
    private static final List<String> PROMISED = List.of("services", "consent", "declare", "undeclare", "why", "put", "get",
            "delete", "list", "watch", "history", "node", "tags", "health", "deploy", "log");

    private BundleContext context;
    private Owner owner;
    private Session session;

    @BeforeEach
    void begin(@InjectBundleContext BundleContext injected) throws Exception {
        context = injected;
        owner = new Owner(injected);
        session = new Session(injected);
    }

    @AfterEach
    void end() throws Exception {
        owner.root.delete(new Key("/shell-test"));
        session.close();
        owner.close();
    }

    @Test
    void hasTheCommandsThatItShouldAndEachExplainsItself() throws Exception {
        String help = session.run("lattice:help");
        for (String command : PROMISED) {
            assertThat(help).contains("lattice:" + command + " ");
            assertThat(session.run("lattice:" + command + " --help")).startsWith("Usage: lattice:" + command);
        }
    }

    @Test
    void whatShowsOrListsAnswersInJsonToo() throws Exception {
        owner.root.put(new Key("/shell-test"), "x");
        owner.declareGlobal("lattice.health", "{}");
        ObjectMapper json = new ObjectMapper();
        for (String command : List.of("services", "consent", "why lattice.health", "get /shell-test", "list",
                "watch --from 0 --count 1", "history /shell-test", "node", "tags", "deploy", "log", "help")) {
            String name = command.contains(" ") ? command.substring(0, command.indexOf(' ')) : command;
            assertThat(session.run("lattice:" + name + " --help")).as(command).contains("--json");
            for (String line : session.run("lattice:" + command + " --json").lines().toList()) {
                assertThat(json.readTree(line).isContainerNode()).as(command + ": " + line).isTrue();
            }
        }
    }

    @Test
    void aCommandIsHeldOnlyWhileItRuns() throws Exception {
        session.run("lattice:help");

        Collection<ServiceReference<Command>> commands = context.getServiceReferences(Command.class, null);

        assertThat(commands).hasSizeGreaterThanOrEqualTo(PROMISED.size());
        assertThat(commands).allMatch(command -> command.getUsingBundles() == null);
        assertThat(commands).allMatch(command -> command.getProperty(Command.NAME) instanceof String);
    }

    @Test
    void opensNoShellOfGogosOwn() {
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).noneMatch(name -> name.contains("Gogo"));
    }

    @Test
    void takesCommandsThroughTheOwnersSocket() throws Exception {
        Path socket = owner.node.home().resolve("run").resolve("operator.sock");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-------");
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(socket));
            client.write(ByteBuffer.wrap("{\"command\":\"lattice:node --json\"}\n".getBytes(StandardCharsets.UTF_8)));
            DataInputStream frames = new DataInputStream(Channels.newInputStream(client));
            assertThat(frames.readByte()).isEqualTo((byte) 1);
            byte[] answer = frames.readNBytes(frames.readInt());
            assertThat(new ObjectMapper().readTree(answer).get("id").asText()).isEqualTo(owner.node.id().hex());
        }
    }
}
