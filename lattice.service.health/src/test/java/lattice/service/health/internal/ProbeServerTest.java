package lattice.service.health.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.felix.hc.api.Result.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ProbeServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final AtomicReference<Optional<Report>> report = new AtomicReference<>(Optional.empty());
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final HttpClient client = HttpClient.newHttpClient();
    private ProbeServer server;

    @BeforeEach
    void start() throws Exception {
        server = start(new ProbeServer.Limits(4, Duration.ofSeconds(30)));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ProbeServer start(ProbeServer.Limits limits) throws Exception {
        return ProbeServer.start(ANY_PORT, new Probes(report::get, now::get, Duration.ofSeconds(30)), limits);
    }

    @Test
    void itIsReadyWhenNothingIsWorseThanAWarning() throws Exception {
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        found(Status.OK);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
        found(Status.WARN);
        HttpResponse<String> warned = get("/readyz?verbose");
        assertThat(warned.statusCode()).isEqualTo(200);
        assertThat(warned.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(warned.body()).isEqualTo("{\"v\":1,\"status\":\"WARN\",\"at\":\"2026-01-01T00:00:00Z\",\"checks\":"
                + "[{\"name\":\"disk\",\"status\":\"WARN\",\"problems\":[\"A problem.\"],\"details\":[\"A figure.\"]}]}");
        found(Status.TEMPORARILY_UNAVAILABLE);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        found(Status.CRITICAL);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
    }

    @Test
    void itIsAliveWhileChecksAreMade() throws Exception {
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        found(Status.CRITICAL);
        assertThat(get("/healthz").body()).isEqualTo("{\"status\":\"alive\"}");
        now.updateAndGet(instant -> instant.plusSeconds(31));
        assertThat(get("/healthz").statusCode()).isEqualTo(503);
        assertThat(get("/healthz").body()).isEqualTo("{\"status\":\"stuck\"}");
    }

    @Test
    void otherRequestsAreRefused() throws Exception {
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/readyz/../etc").statusCode()).isEqualTo(404);
        HttpResponse<String> post = client.send(HttpRequest.newBuilder(uri("/healthz"))
                .POST(HttpRequest.BodyPublishers.ofString("x")).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(post.headers().firstValue("Allow")).contains("GET, HEAD");
        HttpResponse<String> head = client.send(HttpRequest.newBuilder(uri("/healthz"))
                .method("HEAD", HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(raw("GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 403");
        assertThat(raw("GET /healthz HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 200");
        assertThat(raw("GET /" + "x".repeat(2000) + " HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(raw("GET /healthz HTTP/1.1\r\nX: " + "x".repeat(9000) + "\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(raw("POST /healthz HTTP/1.1\r\nContent-Length: 100000\r\n\r\n")).startsWith("HTTP/1.1 413");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void tooManyConnectionsAreClosedAndOthersGoOn() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                sockets.add(connect());
                send(sockets.get(i), "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(sockets.get(i).getInputStream().read()).isEqualTo('H');
            }
            try (Socket fifth = connect()) {
                assertThat(isClosed(fifth)).isTrue();
            }
            send(sockets.get(0), "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(new String(sockets.get(0).getInputStream().readAllBytes(), US_ASCII)).contains("HTTP/1.1 200", "alive");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aConnectionThatDawdlesIsClosed() throws Exception {
        try (ProbeServer impatient = start(new ProbeServer.Limits(4, Duration.ofMillis(200)));
                Socket socket = new Socket(impatient.endpoint().host(), impatient.endpoint().port())) {
            send(socket, "GET /heal");
            assertThat(isClosed(socket)).isTrue();
        }
    }

    @Test
    void aPortInUseIsNamed() {
        InetSocketAddress taken = new InetSocketAddress(server.endpoint().host(), server.endpoint().port());
        assertThatThrownBy(() -> ProbeServer.start(taken, new Probes(report::get, now::get, Duration.ofSeconds(30)),
                ProbeServer.Limits.USUAL)).isInstanceOf(IOException.class)
                .hasMessageContaining("port " + taken.getPort()).hasMessageContaining("httpPort");
    }

    private void found(Status status) {
        report.set(Optional.of(new Report(now.get(),
                List.of(new Finding("disk", status, List.of("A problem."), List.of("A figure."))))));
    }

    private URI uri(String path) {
        return URI.create(server.endpoint() + path);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private Socket connect() throws IOException {
        return new Socket(server.endpoint().host(), server.endpoint().port());
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(US_ASCII));
    }

    private static boolean isClosed(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true;
        }
    }

    private String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            send(socket, request);
            byte[] answer = new byte[1000];
            int length = socket.getInputStream().readNBytes(answer, 0, 12);
            return new String(answer, 0, length, US_ASCII);
        }
    }
}
