package lattice.example.guestbook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import lattice.api.node.Endpoint;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.Store;

/** The open book, on loopback HTTP: {@code GET /} reads it, {@code POST /Ada} with words as the body signs it as Ada. */
final class GuestbookServer implements ServiceInstance {
    private static final DateTimeFormatter DAY = DateTimeFormatter.ISO_LOCAL_DATE.withZone(ZoneOffset.UTC);
    private static final int MAX_BODY_BYTES = 4096;
    private static final int THREADS = 4;
    private static final int PATIENCE_SECONDS = 10;

    private final Store store;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final int port;
    private volatile String title;

    GuestbookServer(ServiceContext context) throws IOException {
        store = context.store();
        port = context.config().integer("port");
        title = context.config().string("title");
        server = listen(port);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
        InetSocketAddress address = server.getAddress();
        context.listening(new Endpoint("http", address.getAddress().getHostAddress(), address.getPort()));
    }

    private static HttpServer listen(int port) throws IOException {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new IOException("The guestbook can't listen on port " + port + " (" + e.getMessage()
                    + "): declare it with another port.", e);
        }
    }

    /** A new title is taken at once; for a new port the node closes this instance and makes another. */
    @Override
    public boolean reconfigure(ServiceConfig config) {
        if (config.integer("port") != port) {
            return false;
        }
        title = config.string("title");
        return true;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String guest = exchange.getRequestURI().getPath().substring(1);
            switch (exchange.getRequestMethod()) {
                case "GET" -> respond(exchange, guest.isEmpty() ? 200 : 404, guest.isEmpty() ? pages() : "Read the book at /.");
                case "POST" -> sign(exchange, guest);
                default -> respond(exchange, 405, "GET / to read, POST /your-name to sign.");
            }
        }
    }

    private String pages() {
        return title + "\n" + store.scan(Book.ALL_ENTRIES).map(GuestbookServer::line).collect(Collectors.joining());
    }

    private static String line(Entry entry) {
        Signature signature = Signature.of(entry.value());
        return DAY.format(entry.version().time().instant()) + "  " + signature.guest() + ": " + signature.words() + "\n";
    }

    private void sign(HttpExchange exchange, String guest) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES);
        Signature signature = new Signature(guest, new String(body, UTF_8).strip());
        try {
            CommandResult result = store.apply(Signing.NAME, signature.toBytes()).toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (result instanceof CommandResult.Refused refused) {
                respond(exchange, 409, refused.reason());
            } else {
                respond(exchange, 201, "Thank you, " + guest + ".");
            }
        } catch (ExecutionException e) {
            respond(exchange, 503, e.getCause().getMessage());
        } catch (TimeoutException e) {
            respond(exchange, 503, "The store did not answer in time; try again.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            respond(exchange, 503, "The guestbook is closing.");
        }
    }

    private static void respond(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = (text.endsWith("\n") ? text : text + "\n").getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
