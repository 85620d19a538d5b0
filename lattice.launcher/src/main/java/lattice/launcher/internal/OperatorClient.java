package lattice.launcher.internal;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
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
 * Runs a command, or a shell, in a running node, over its operator socket.
 *
 * <p>The client sends one line of JSON. For a command: {@code {"command":"...","columns":N,"color":true|false,
 * "directory":"..."}}; columns is the width of the terminal, 0 for none, and directory is where relative paths start. For a
 * shell: {@code {"shell":true,"terminal":"xterm","columns":N,"rows":N,"color":true|false,"directory":"..."}}.
 *
 * <p>The node answers with frames: one byte that says what it is (1 standard output, 2 standard error, 3 exit code), the
 * length of the rest in four bytes, big-endian, and the rest; the exit code in decimal is the last. The client of a shell
 * sends such frames, too (4 what was typed, 5 the size of the terminal, columns and rows in two bytes each). A client that
 * closes the connection interrupts its command and ends its shell.
 */
final class OperatorClient {
    private static final byte STANDARD_OUTPUT = 1;
    private static final byte STANDARD_ERROR = 2;
    private static final byte EXIT = 3;
    private static final byte TYPED = 4;
    private static final byte SIZE = 5;
    /** No node sends more at once; a longer frame comes from something that is none. */
    private static final int MAX_FRAME = 16 * 1024 * 1024;
    private static final int MAX_TYPED = 4096;
    private static final int HEADER = 5;

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
            request(channel, "\"command\":" + quoted(command) + ",\"columns\":" + terminal.columns(), terminal);
            return relay(new DataInputStream(Channels.newInputStream(channel)), out, err);
        } catch (EOFException e) {
            throw new LauncherException(ExitCode.FAILED, "The node went away before the command was done.", e);
        } catch (IOException e) {
            throw notAnswering(e);
        }
    }

    /**
     * Runs a shell for the person at a terminal until they leave or the node ends it.
     *
     * @param keys what is typed, key by key
     * @param type as in {@code TERM}
     */
    int shell(InputStream keys, Terminal terminal, String type, OutputStream out, OutputStream err) throws LauncherException {
        try (SocketChannel channel = connect()) {
            request(channel, "\"shell\":true,\"terminal\":" + quoted(type) + ",\"columns\":" + terminal.columns() + ",\"rows\":"
                    + terminal.rows(), terminal);
            WindowSignal.onChange(() -> resize(channel));
            Thread typing = new Thread(() -> type(channel, keys), "lattice-keys");
            typing.setDaemon(true);
            typing.start();
            return relay(new DataInputStream(Channels.newInputStream(channel)), out, err);
        } catch (EOFException e) {
            throw new LauncherException(ExitCode.NOT_RUNNING, "The node has stopped, and this shell with it.", e);
        } catch (IOException e) {
            throw notAnswering(e);
        }
    }

    private LauncherException notAnswering(IOException e) {
        return new LauncherException(ExitCode.FAILED, "The node does not answer at " + home.operatorSocket() + " ("
                + e.getMessage() + "): it may still be starting; what it does is in " + home.log() + ".", e);
    }

    private static void request(SocketChannel channel, String what, Terminal terminal) throws IOException {
        send(channel, ByteBuffer.wrap(("{" + what + ",\"color\":" + terminal.color() + ",\"directory\":"
                + quoted(Path.of("").toAbsolutePath().toString()) + "}\n").getBytes(StandardCharsets.UTF_8)));
    }

    private static void type(SocketChannel channel, InputStream keys) {
        byte[] typed = new byte[MAX_TYPED];
        try {
            for (int length = keys.read(typed); length >= 0; length = keys.read(typed)) {
                send(channel, frame(TYPED, length).put(typed, 0, length).flip());
            }
            // The terminal is gone: so is the person.
            channel.shutdownOutput();
        } catch (IOException e) {
            // The connection has ended; whoever reads from it sees that, and says so.
            return;
        }
    }

    private static void resize(SocketChannel channel) {
        Terminal.Size size = Terminal.askSize();
        try {
            send(channel, frame(SIZE, Integer.BYTES).putShort((short) size.columns()).putShort((short) size.rows()).flip());
        } catch (IOException e) {
            // As above.
            return;
        }
    }

    private static ByteBuffer frame(byte kind, int length) {
        return ByteBuffer.allocate(HEADER + length).put(kind).putInt(length);
    }

    /** Not through a stream: one that is read by another thread would wait for that. */
    private static void send(SocketChannel channel, ByteBuffer bytes) throws IOException {
        synchronized (channel) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
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
