package lattice.service.health.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.node.ServiceStatus;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceInstance;
import lattice.api.store.Acl;
import lattice.api.store.Change;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.Watch;
import lattice.api.store.WatchStart;
import lattice.testkit.InMemoryStore;
import lattice.testkit.RecordingListener;
import lattice.testkit.TestNodeStatus;
import lattice.testkit.TestServiceContext;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service as its node uses it: with the config and the rights that its descriptor asks for. */
@Timeout(60)
final class HealthServiceTest {
    private static final Key HEALTH = new Key("/nodes/" + TestNodeStatus.NODE + "/health");

    @TempDir
    private Path home;

    private final InMemoryStore store = new InMemoryStore();
    private final ContributedChecks contributed = new ContributedChecks();

    @Test
    void itPublishesWhatChangesAndNothingElse() throws Exception {
        RecordingListener listener = new RecordingListener();
        TestNodeStatus node = new TestNodeStatus(home).stores(store.status());
        TestServiceContext context = context(node, Map.of("intervalSeconds", 1L));
        // The watch outlives the instance: the last change is made as that closes.
        try (Watch watch = store.watch(Prefix.of(HEALTH), new WatchStart.Now(), listener)) {
            try (ServiceInstance instance = new HealthProvider(contributed).create(context)) {
                assertThat(summary(listener.awaitChanges(1).get(0)).get("status").asText()).isEqualTo("OK");
                node.services(new ServiceStatus(store.id(), new ServiceId("test.service"), InstanceState.FAILED,
                        "It broke.", Instant.now(), List.of()));
                JsonNode worse = summary(listener.awaitChanges(2).get(1));
                assertThat(worse.get("status").asText()).isEqualTo("CRITICAL");
                assertThat(worse.findValuesAsText("name")).containsExactly("disk", "stores", "clock", "heap", "services");
                assertThat(worse.findPath("problems").get(0).asText()).isEqualTo("test.service failed: It broke.");
            }
            assertThat(listener.awaitChanges(3).get(2)).isInstanceOf(Change.Removed.class);
        }
        assertThat(listener.changes()).hasSize(3);
        assertThat(store.get(HEALTH)).isEmpty();
        assertThat(context.failures()).isEmpty();
    }

    @Test
    void checksThatOtherBundlesBringAreMade() throws Exception {
        HealthCheck check = () -> new Result(Result.Status.WARN, "The tea is cold.");
        contributed.add(check, Map.of(HealthCheck.NAME, "tea"));
        RecordingListener listener = new RecordingListener();
        try (Watch watch = store.watch(Prefix.of(HEALTH), new WatchStart.Now(), listener);
                ServiceInstance instance = new HealthProvider(contributed)
                        .create(context(new TestNodeStatus(home), Map.of("intervalSeconds", 1L)))) {
            JsonNode summary = summary(listener.awaitChanges(1).get(0));
            assertThat(summary.findValuesAsText("name")).endsWith("tea");
            assertThat(summary.get("status").asText()).isEqualTo("WARN");
            contributed.remove(check);
            assertThat(contributed.now()).isEmpty();
        }
    }

    @Test
    void itAnswersProbesUntilItIsStopped() throws Exception {
        TestServiceContext context = context(new TestNodeStatus(home), Map.of("httpPort", 0L));
        Endpoint endpoint;
        try (ServiceInstance instance = new HealthProvider(contributed).create(context)) {
            endpoint = context.endpoints().get(0);
            assertThat(endpoint.protocol()).isEqualTo("http");
            RecordingListener listener = new RecordingListener();
            try (Watch watch = store.watch(Prefix.of(HEALTH), new WatchStart.After(new LogPosition(
                    store.position().logId(), 0)), listener)) {
                listener.awaitChanges(1);
            }
            HttpResponse<String> ready = HttpClient.newHttpClient().send(
                    HttpRequest.newBuilder(URI.create(endpoint + "/readyz")).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
            assertThat(ready.body()).contains("\"disk\"", "free");
        }
        assertThatThrownBy(() -> new Socket(endpoint.host(), endpoint.port()).close()).isInstanceOf(ConnectException.class);
    }

    @Test
    void itAnswersOnThisMachineOnly() {
        for (String address : List.of("0.0.0.0", "192.0.2.1", "::")) {
            assertThatThrownBy(() -> new HealthProvider(contributed)
                    .create(context(new TestNodeStatus(home), Map.of("httpPort", 0L, "httpBind", address))))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("httpBind")
                    .hasMessageContaining("loopback");
        }
    }

    @Test
    void limitsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new HealthProvider(contributed).create(
                context(new TestNodeStatus(home), Map.of("heapUsedWarnPercent", 99L)))).hasMessageContaining("heapUsedCritical");
        assertThatThrownBy(() -> new HealthProvider(contributed).create(
                context(new TestNodeStatus(home), Map.of("diskFreeCriticalPercent", 1L)))).hasMessageContaining("diskFreeCritical");
    }

    @Test
    void itStartsAndStopsAgainAndAgainAndLeavesNothingBehind() throws Exception {
        for (int i = 0; i < 20; i++) {
            TestServiceContext context = context(new TestNodeStatus(home), Map.of("httpPort", 0L));
            new HealthProvider(contributed).create(context).close();
            assertThat(context.failures()).isEmpty();
        }
        assertThat(store.get(HEALTH)).isEmpty();
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (ownThreads() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(ownThreads()).isZero();
    }

    private static long ownThreads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("lattice.health"))
                .count();
    }

    private static JsonNode summary(Change change) throws Exception {
        return new ObjectMapper().readTree(((Change.Updated) change).entry().value());
    }

    private TestServiceContext context(TestNodeStatus node, Map<String, Object> config) throws Exception {
        JsonNode descriptor = new ObjectMapper().readTree(HealthProvider.class.getResource("/lattice.health.json"));
        Map<String, Object> values = new HashMap<>();
        descriptor.at("/schema/properties").properties().forEach(property -> {
            JsonNode value = property.getValue().get("default");
            if (value != null) {
                values.put(property.getKey(), value.isTextual() ? value.asText() : (Object) value.asLong());
            }
        });
        // The disk of whoever runs this test may be full.
        values.putAll(Map.of("diskFreeWarnPercent", 0L, "diskFreeCriticalPercent", 0L));
        values.putAll(config);
        String asked = descriptor.at("/acl/write/0").asText().replace("{node}", node.id().hex());
        return new TestServiceContext(new ServiceId(descriptor.get("id").asText()), new ServiceConfig(values), store, node,
                new Acl(Set.of(), Set.of(new Prefix(asked))));
    }
}
