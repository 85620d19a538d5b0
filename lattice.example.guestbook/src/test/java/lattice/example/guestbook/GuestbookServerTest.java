package lattice.example.guestbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceInstance;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import lattice.testkit.TestServiceContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The service as a node runs it: made by its provider, with its own rights, over real HTTP. */
@Timeout(30)
final class GuestbookServerTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private final InMemoryStore store = new InMemoryStore().register(Signing.NAME, new Signing());
    private final TestServiceContext context = new TestServiceContext(new ServiceId("lattice.guestbook"),
            config(0, "Visitors"), store, new TestNodeStatus(Path.of(".")));
    private ServiceInstance guestbook;

    @BeforeEach
    void open() throws Exception {
        guestbook = new GuestbookProvider().create(context);
    }

    @AfterEach
    void close() throws Exception {
        guestbook.close();
        store.close();
    }

    @Test
    void guestsSignAndEverybodyReads() throws Exception {
        assertThat(read()).isEqualTo("Visitors\n");
        HttpResponse<String> thanks = sign("Ada", "What a place!");
        assertThat(thanks.statusCode()).isEqualTo(201);
        assertThat(thanks.body()).isEqualTo("Thank you, Ada.\n");
        sign("Grace", "I was here, too.");
        assertThat(read()).matches("Visitors\n\\S+  Ada: What a place!\n\\S+  Grace: I was here, too.\n");
    }

    @Test
    void aRefusalIsToldWithItsReason() throws Exception {
        sign("Ada", "Hello.");
        HttpResponse<String> refused = sign("Ada", "Hello again.");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).isEqualTo("Ada has signed already.\n");
    }

    @Test
    void aStoreThatCantBeWrittenIsSaidSo() throws Exception {
        store.unavailable("The disk is full.");
        HttpResponse<String> failed = sign("Ada", "Hello.");
        assertThat(failed.statusCode()).isEqualTo(503);
        assertThat(failed.body()).isEqualTo("The disk is full.\n");
        store.available();
        assertThat(sign("Ada", "Hello.").statusCode()).isEqualTo(201);
    }

    @Test
    void aNewTitleIsTakenLiveAndANewPortIsNot() throws Exception {
        assertThat(guestbook.reconfigure(config(0, "Guests"))).isTrue();
        assertThat(read()).isEqualTo("Guests\n");
        assertThat(guestbook.reconfigure(config(1, "Guests"))).isFalse();
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        int taken = context.endpoints().get(0).port();
        assertThatThrownBy(() -> new GuestbookProvider().create(new TestServiceContext(context.serviceId(),
                config(taken, "Another"), store, context.node()))).hasMessageContaining("port " + taken);
    }

    @Test
    void afterCloseThePortIsClosed() throws Exception {
        guestbook.close();
        assertThatThrownBy(this::read).isInstanceOf(ConnectException.class);
    }

    private static ServiceConfig config(long port, String title) {
        return new ServiceConfig(Map.of("port", port, "title", title));
    }

    private URI book(String guest) {
        return URI.create(context.endpoints().get(0) + "/" + guest);
    }

    private String read() throws Exception {
        return client.send(HttpRequest.newBuilder(book("")).build(), BodyHandlers.ofString()).body();
    }

    private HttpResponse<String> sign(String guest, String words) throws Exception {
        return client.send(HttpRequest.newBuilder(book(guest)).POST(BodyPublishers.ofString(words)).build(),
                BodyHandlers.ofString());
    }
}
