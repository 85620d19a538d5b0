package lattice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.service.ServiceConfig;
import lattice.api.store.Acl;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import org.junit.jupiter.api.Test;

final class TestServiceContextTest {
    private final InMemoryStore store = new InMemoryStore();
    private final TestNodeStatus node = new TestNodeStatus(Path.of("."));
    private final ServiceId service = new ServiceId("test.service");

    @Test
    void aServiceReadsItsConfigAndOwnsItsState() {
        store.put(new Key("/services/test.service/config"), "{}");
        TestServiceContext context = new TestServiceContext(service, new ServiceConfig(Map.of()), store, node);
        assertThat(context.store().get(new Key("/services/test.service/config"))).isPresent();
        context.store().put(new Key("/state/test.service/x"), "1");
        assertThat(context.store().get(new Key("/state/test.service/x"))).isPresent();
        assertThatThrownBy(() -> context.store().put(new Key("/state/other/x"), "1")).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> context.store().get(new Key("/services/other/config"))).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> context.store().put(new Key("/services/test.service/config"), "{}"))
                .isInstanceOf(StoreException.class);
    }

    @Test
    void whatItAskedForIsGrantedToo() {
        Prefix health = new Prefix("/nodes/" + TestNodeStatus.NODE + "/health");
        TestServiceContext context = new TestServiceContext(service, new ServiceConfig(Map.of()), store, node,
                new Acl(Set.of(), Set.of(health)));
        context.store().put(new Key(health.path()), "fine");
        assertThat(store.get(new Key(health.path()))).isPresent();
    }

    @Test
    void whatTheInstanceSaysIsRecorded() {
        TestServiceContext context = new TestServiceContext(service, new ServiceConfig(Map.of()), store, node);
        Endpoint endpoint = new Endpoint("http", "127.0.0.1", 8080);
        Exception failure = new Exception("on purpose");
        context.listening(endpoint);
        context.failed(failure);
        assertThat(context.endpoints()).containsExactly(endpoint);
        assertThat(context.failures()).containsExactly(failure);
    }
}
