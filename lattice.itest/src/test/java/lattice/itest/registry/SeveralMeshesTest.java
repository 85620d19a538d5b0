package lattice.itest.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.node.ServiceStatus;
import lattice.kernel.membership.Meshes;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/**
 * A node that holds the root store of another mesh. Nobody else is there to sign what that mesh would declare, so its
 * services are declared by the node's owner.
 */
@ExtendWith(BundleContextExtension.class)
@Timeout(120)
class SeveralMeshesTest {
    private static final StoreId OTHER = new StoreId("5e".repeat(32));

    private final Set<StoreId> ran = ConcurrentHashMap.newKeySet();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private Owner owner;
    private Meshes meshes;
    private CommandSession session;
    private String service;

    @BeforeEach
    void begin(@InjectBundleContext BundleContext context) throws Exception {
        owner = new Owner(context);
        meshes = owner.service(Meshes.class);
        meshes.join(OTHER);
        session = owner.service(CommandProcessor.class).createSession(new ByteArrayInputStream(new byte[0]), printed,
                printed);
        owner.probe("several").behaviour = service -> {
            ServerSocket socket = new ServerSocket();
            try {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), service.config().integer("port")));
            } catch (Exception e) {
                socket.close();
                throw e;
            }
            ran.add(service.store().id());
            service.listening(new Endpoint("test", "127.0.0.1", socket.getLocalPort()));
            return socket::close;
        };
        service = owner.deploy("several");
        owner.declaredByHand(service);
    }

    @AfterEach
    void end() throws Exception {
        for (StoreId mesh : List.of(OTHER, owner.root.id())) {
            for (String command : List.of("override " + service + " --clear", "undeclare " + service + " --local")) {
                try {
                    type("lattice:" + command + " --mesh " + mesh);
                } catch (Exception e) {
                    continue; // it was not declared, or the mesh was left
                }
            }
        }
        meshes.forget(OTHER);
        session.close();
        owner.close();
    }

    private String type(String command) throws Exception {
        printed.reset();
        session.execute(command);
        return printed.toString(StandardCharsets.UTF_8);
    }

    private InstanceState state(StoreId mesh) throws Exception {
        return owner.proposals.settle(mesh, new ServiceId(service), Owner.PATIENCE).map(ServiceStatus::state)
                .orElseThrow();
    }

    @Test
    void consentAndConfigAndPortAreTheMeshsOwn() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String own = owner.root.id().shortId();
        type("lattice:declare " + service + " --mesh " + own + " --set port=" + port);
        assertThatThrownBy(() -> type("lattice:declare " + service + " --mesh " + OTHER.shortId()))
                .hasMessageContaining("no administrator");
        type("lattice:declare " + service + " --local --mesh " + OTHER.shortId() + " --set port=" + port);
        assertThatThrownBy(() -> type("lattice:consent " + service + " FollowMesh"))
                .hasMessageContaining("--mesh").hasMessageContaining(OTHER.shortId());
        assertThat(type("lattice:consent " + service + " FollowMesh --mesh " + own)).contains("Running");
        assertThat(state(OTHER)).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(ran).containsExactly(owner.root.id());

        assertThat(type("lattice:consent " + service + " FollowMesh --mesh " + OTHER.shortId()))
                .contains("Waiting: Port conflict: " + port + " is taken by " + service + " of mesh " + own, "stays");
        assertThatThrownBy(() -> type("lattice:override " + service + " --mesh " + OTHER.shortId() + " --set port=many"))
                .hasMessageContaining("/port");
        assertThat(type("lattice:override " + service + " --mesh " + OTHER.shortId() + " --set port=0"))
                .contains("{\"port\":0}", "Running");
        assertThat(ran).containsExactlyInAnyOrder(owner.root.id(), OTHER);
        assertThat(owner.probe("several").closed).hasValue(0);
        assertThat(type("lattice:services --mesh " + own)).contains("1 running").doesNotContain(OTHER.shortId());
        assertThat(type("lattice:services " + service)).contains("this node", "127.0.0.1:" + port);
        assertThat(type("lattice:why " + service + " --mesh " + OTHER.shortId())).contains("override", "{\"port\":0}");

        meshes.forget(OTHER);
        assertThat(owner.probe("several").closed).as("stopped when its mesh was left").hasValue(1);
        assertThat(owner.await(service, InstanceState.RUNNING).endpoints()).hasSize(1);
        assertThat(owner.proposals.settle(OTHER, new ServiceId(service), Owner.PATIENCE)).isEmpty();
    }

    @Test
    void theEarlierDeclarationIsDeclaredAgain() throws Exception {
        service = owner.deploy("rolled-back");
        owner.declaredByHand(service);
        String own = " --mesh " + owner.root.id().shortId();
        assertThat(type("lattice:declare " + service + own + " --set port=1 --plan")).contains("does not run",
                "Nothing was declared");
        assertThat(owner.root.get(Owner.place(service))).isEmpty();
        type("lattice:declare " + service + own + " --set port=1");
        assertThatThrownBy(() -> type("lattice:rollback " + service + own)).hasMessageContaining("no earlier");
        type("lattice:declare " + service + own + " --set port=2");
        owner.root.put(Owner.place(service), "{\"v\":1,\"broken\":true}");
        long broken = owner.root.history(Owner.place(service), 1).get(0).revision();
        assertThat(type("lattice:rollback " + service + own)).contains("as in revision", "this node", "founder");
        assertThat(owner.root.get(Owner.place(service)).orElseThrow().text()).contains("\"port\":2");
        assertThatThrownBy(() -> type("lattice:rollback " + service + " " + broken + own))
                .hasMessageContaining("unknown field 'broken'");
        assertThatThrownBy(() -> type("lattice:rollback " + service + " 999999" + own))
                .hasMessageContaining("compacted away");
        long first = owner.root.history(Owner.place(service), 10).stream()
                .filter(entry -> entry.value().map(String::new).orElse("").contains("\"port\":1")).findFirst()
                .orElseThrow().revision();
        type("lattice:rollback " + service + " " + first + own);
        assertThat(owner.root.get(Owner.place(service)).orElseThrow().text()).contains("\"port\":1");
        assertThatThrownBy(() -> type("lattice:rollback " + service + " "
                + owner.root.history(Owner.place(service), 1).get(0).revision() + own))
                .hasMessageContaining("declared now");
    }
}
