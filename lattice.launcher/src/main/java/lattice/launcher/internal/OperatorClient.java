package lattice.launcher.internal;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs a command in a running node, over its operator socket.
 *
 * <p>The client sends one line of JSON, {@code {"command":"...","columns":N,"color":true|false,"directory":"..."}};
 * columns is the width of the terminal, 0 for none, and directory is where relative paths start. The node answers with frames: one byte that says what it is (1 standard output, 2 standard
 * error, 3 exit code), the length of the rest in four bytes, big-endian, and the rest; the exit code in decimal is the
 * last. A client that closes the connection interrupts its command.
 */
final class OperatorClient {
    private static final int STANDARD_OUTPUT = 1;
    private static final int STANDARD_ERROR = 2;
    private static final int EXIT = 3;
    /** No node sends more at once; a longer frame comes from something that is none. */
    private static final int MAX_FRAME = 16 * 1024 * 1024;

    private final NodeHome home;

    OperatorClient(NodeHome home) {
        this.home = home;
    }

    /** Whether a node answers. */
    boolean answers() {
        if (!Files.exists(home.operatorSocket())) {
            return false;
        }
        try (SocketChannel channel = connect()) {
            return channel.isConnected();
        } catch (IOException e) {
            // The file is there and nobody listens: left behind by a node that was killed, or not yet open.
            return false;
        }
    }

    /** Runs a command and returns its exit code. */
    int run(String command, Terminal terminal, OutputStream out, OutputStream err) throws LauncherException {
        try (SocketChannel channel = connect()) {
            String request = "{\"command\":" + quoted(command) + ",\"columns\":" + terminal.columns() + ",\"color\":"
                    + terminal.color() + ",\"directory\":" + quoted(Path.of("").toAbsolutePath().toString()) + "}\n";
            ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return relay(new DataInputStream(Channels.newInputStream(channel)), out, err);
        } catch (EOFException e) {
            throw new LauncherException(ExitCode.FAILED, "The node went away before the command was done.", e);
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, "The node does not answer at " + home.operatorSocket() + " ("
                    + e.getMessage() + "): it may still be starting; what it does is in " + home.log() + ".", e);
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(home.operatorSocket()));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static int relay(DataInputStream frames, OutputStream out, OutputStream err) throws IOException {
        while (true) {
            int kind = frames.readByte();
            int length = frames.readInt();
            if (length < 0 || length > MAX_FRAME) {
                throw new IOException("a frame of " + length + " bytes");
            }
            byte[] content = frames.readNBytes(length);
            if (content.length < length) {
                throw new EOFException();
            }
            switch (kind) {
                case STANDARD_OUTPUT -> {
                    out.write(content);
                    out.flush();
                }
                case STANDARD_ERROR -> {
                    err.write(content);
                    err.flush();
                }
                case EXIT -> {
                    return exitCode(new String(content, StandardCharsets.UTF_8));
                }
                default -> throw new IOException("a frame of kind " + kind);
            }
        }
    }

    private static int exitCode(String text) throws IOException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IOException("an exit code of '" + text + "'", e);
        }
    }

    /** A JSON string. */
    static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
