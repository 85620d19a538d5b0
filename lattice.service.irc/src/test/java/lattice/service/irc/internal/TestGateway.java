package lattice.service.irc.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceInstance;
import lattice.service.irc.internal.chat.ChatState;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import lattice.testkit.TestServiceContext;

/** A gateway on a free port of loopback, made as the registry makes it. */
public final class TestGateway implements AutoCloseable {
    private static final ServiceId ID = new ServiceId("lattice.irc-gateway");

    private final TestServiceContext context;
    private final ServiceInstance instance;

    private TestGateway(TestServiceContext context, ServiceInstance instance) {
        this.context = context;
        this.instance = instance;
    }

    /** A store that knows what chat is. */
    public static InMemoryStore store() {
        return new InMemoryStore().register(ChatState.NAME, new ChatState());
    }

    public static TestGateway start(InMemoryStore store, Map<String, Object> config) throws Exception {
        TestServiceContext context = new TestServiceContext(ID, config(config), store, new TestNodeStatus(Path.of("/")));
        return new TestGateway(context, new IrcProvider().create(context));
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
        instance.close();
    }
}
