package lattice.itest.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The least that a person's IRC client does. */
final class IrcClient implements AutoCloseable {
    private static final int READ_TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final BufferedReader lines;

    private IrcClient(Socket socket) throws IOException {
        this.socket = socket;
        this.lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    static IrcClient register(int port, String nick) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(READ_TIMEOUT_MILLIS);
        IrcClient client = new IrcClient(socket);
        client.send("NICK " + nick);
        client.send("USER " + nick + " 0 * :" + nick);
        client.until(line -> line.contains(" 001 " + nick));
        return client;
    }

    static boolean accepts(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    void send(String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    /** The lines up to and with the first that is meant. */
    List<String> until(Predicate<String> meant) throws IOException {
        List<String> read = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            read.add(line);
            if (line.startsWith("PING ")) {
                send("PONG " + line.substring(5));
            }
            if (meant.test(line)) {
                return read;
            }
        }
        throw new IOException("The server closed the connection after: " + read);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
