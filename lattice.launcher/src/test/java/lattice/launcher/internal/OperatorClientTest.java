package lattice.launcher.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class OperatorClientTest {
    private static final Terminal TERMINAL = new Terminal(new Terminal.Size(100, 30), true);

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private OperatorClient client;
    private ServerSocketChannel server;

    private interface Answer {
        void to(String request, DataOutputStream frames) throws IOException;
    }

    @BeforeEach
    void listen() throws Exception {
        NodeHome home = new NodeHome(directory);
        home.create();
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(home.operatorSocket()));
        client = new OperatorClient(home);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private CompletableFuture<String> answer(Answer answer) {
        return CompletableFuture.supplyAsync(() -> {
            try (SocketChannel channel = server.accept()) {
                String request = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8)).readLine();
                answer.to(request, new DataOutputStream(Channels.newOutputStream(channel)));
                return request;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void frame(DataOutputStream frames, int kind, String text) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        frames.writeByte(kind);
        frames.writeInt(content.length);
        frames.write(content);
    }

    @Test
    void outputErrorsAndExitCodeArriveWhereTheyBelong() throws Exception {
        CompletableFuture<String> request = answer((line, frames) -> {
            frame(frames, 1, "one ");
            frame(frames, 2, "oh no");
            frame(frames, 1, "tw\u00f6");
            frame(frames, 3, "7");
        });
        assertThat(client.run("lattice:put /a \"b\\c\"\n", TERMINAL, out, err)).isEqualTo(7);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one tw\u00f6");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("oh no");
        assertThat(request.get(10, TimeUnit.SECONDS)).isEqualTo(
                "{\"command\":\"lattice:put /a \\\"b\\\\c\\\"\\u000a\",\"columns\":100,\"color\":true,\"directory\":\""
                        + Path.of("").toAbsolutePath() + "\"}");
    }

    @Test
    void aNodeThatDiesMeanwhileIsSaidSo() {
        answer((line, frames) -> frame(frames, 1, "half"));
        assertThatThrownBy(() -> client.run("lattice:node", TERMINAL, out, err))
                .isInstanceOf(LauncherException.class).hasMessage("The node went away before the command was done.");
        assertThat(out).hasToString("half");
    }

    @Test
    void whatIsNoFrameIsNotTakenForOne() {
        answer((line, frames) -> frames.writeBytes("HTTP/1.1 400 Bad Request\r\n"));
        assertThatThrownBy(() -> client.run("lattice:node", TERMINAL, out, err))
                .isInstanceOf(LauncherException.class).hasMessageContaining("does not answer");
    }

    @Test
    void aSocketThatNobodyListensOnIsNoNode() throws Exception {
        assertThat(client.answers()).isTrue();
        server.close();
        assertThat(client.answers()).isFalse();
    }
}
