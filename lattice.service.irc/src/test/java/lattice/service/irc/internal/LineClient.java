package lattice.service.irc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A client that is nothing but a socket. */
public final class LineClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 15_000;

    private final Socket socket;
    private final InputStream in;

    public LineClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    public Socket socket() {
        return socket;
    }

    public void send(String... lines) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String line : lines) {
            all.append(line).append("\r\n");
        }
        sendBytes(all.toString().getBytes(StandardCharsets.UTF_8));
    }

    public void sendBytes(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** The next line, whose end was CR LF; null when the server has closed the connection. */
    public String read() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                byte[] bytes = line.toByteArray();
                assertThat(bytes[bytes.length - 1]).isEqualTo((byte) '\r');
                return new String(bytes, 0, bytes.length - 1, StandardCharsets.UTF_8);
            }
            line.write(b);
        }
        assertThat(line.size()).as("bytes after the last line").isZero();
        return null;
    }

    /** All lines up to the first that has one of these words in it. */
    public List<String> readUntil(String... words) throws IOException {
        List<String> lines = new ArrayList<>();
        while (true) {
            String line;
            try {
                line = read();
            } catch (SocketTimeoutException e) {
                throw new AssertionError("Waited for " + Arrays.toString(words) + ", got " + lines, e);
            }
            assertThat(line).as("line with one of %s; before the end came %s", Arrays.toString(words), lines).isNotNull();
            lines.add(line);
            if (Arrays.stream(words).anyMatch(line::contains)) {
                return lines;
            }
        }
    }

    /** All lines until the server closes the connection. */
    public List<String> readToEnd() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = read(); line != null; line = read()) {
            lines.add(line);
        }
        return lines;
    }

    public void expect(String... lines) throws IOException {
        for (String line : lines) {
            assertThat(read()).isEqualTo(line);
        }
    }

    /** Sends a ping, and takes all lines until its answer: what the server had to say before. */
    public List<String> sync() throws IOException {
        send("PING sync");
        List<String> lines = readUntil("PONG irc.lattice :sync");
        return lines.subList(0, lines.size() - 1);
    }

    /** Joins a channel and takes what the server says of it. */
    public List<String> join(String channel) throws IOException {
        send("JOIN " + channel);
        readUntil(" 366 ");
        return sync();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
