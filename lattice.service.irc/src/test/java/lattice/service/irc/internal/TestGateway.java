package lattice.service.irc.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceInstance;
import lattice.api.store.Store;
import lattice.service.irc.internal.chat.ChatState;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import lattice.testkit.TestServiceContext;

/**
 * A gateway on a free port of loopback, made as the registry makes it; or, where the tests run with an {@link Access} of their
 * own, as whoever has its store in that way.
 */
public final class TestGateway implements AutoCloseable {
    private static final ServiceId ID = new ServiceId("lattice.irc-gateway");
    private static final Optional<Access> ACCESS = ServiceLoader.load(Access.class).findFirst();

    private final TestServiceContext context;
    private final ServiceInstance instance;
    private final AutoCloseable access;

    private TestGateway(TestServiceContext context, ServiceInstance instance, AutoCloseable access) {
        this.context = context;
        this.instance = instance;
        this.access = access;
    }

    /** How a gateway reaches its store; found as a service of Java's. */
    public interface Access {
        /** The way to a store for one gateway, with the rights that every service has. */
        Way open(ServiceId service, InMemoryStore store) throws Exception;

        /**
         * A way to a store.
         *
         * @param store at this end of it
         * @param end takes it down
         */
        record Way(Store store, AutoCloseable end) {
        }
    }

    /** A store that knows what chat is. */
    public static InMemoryStore store() {
        return new InMemoryStore().register(ChatState.NAME, new ChatState());
    }

    public static TestGateway start(InMemoryStore store, Map<String, Object> config) throws Exception {
        TestNodeStatus node = new TestNodeStatus(Path.of("/"));
        if (ACCESS.isEmpty()) {
            TestServiceContext context = new TestServiceContext(ID, config(config), store, node);
            return new TestGateway(context, new IrcProvider().create(context), () -> { });
        }
        Access.Way way = ACCESS.get().open(ID, store);
        TestServiceContext context = new TestServiceContext(ID, config(config), way.store(), node);
        try {
            return new TestGateway(context, new IrcProvider().create(context), way.end());
        } catch (Exception e) {
            way.end().close();
            throw e;
        }
    }

    /** The config that is in force if these fields are declared: the schema's defaults are filled in. */
    public static ServiceConfig config(Map<String, Object> declared) {
        Map<String, Object> values = new HashMap<>();
        values.put("port", 0L);
        try (InputStream descriptor =
                IrcProvider.class.getResourceAsStream("/OSGI-INF/lattice/lattice.irc-gateway.json")) {
            ObjectMapper mapper = new ObjectMapper();
            JsonNode fields = mapper.readTree(descriptor).at("/schema/properties");
            fields.properties().forEach(field -> {
                JsonNode value = field.getValue().get("default");
                values.putIfAbsent(field.getKey(), value.isIntegralNumber() ? value.asLong()
                        : mapper.convertValue(value, Object.class));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        values.putAll(declared);
        return new ServiceConfig(values);
    }

    public int port() {
        return context.endpoints().get(0).port();
    }

    public TestServiceContext context() {
        return context;
    }

    public ServiceInstance instance() {
        return instance;
    }

    public LineClient connect() throws IOException {
        return new LineClient(port());
    }

    /** A client that is registered; what it was greeted with is read already. */
    public LineClient connect(String nick) throws IOException {
        LineClient client = connect();
        client.send("NICK " + nick, "USER " + nick + " 0 * :The real " + nick);
        client.readUntil(" 422 ", " 376 ");
        return client;
    }

    @Override
    public void close() throws Exception {
        try (access) {
            instance.close();
        }
    }
}
