package lattice.testkit.process;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Gives a running node commands over its operator socket, as {@code lattice exec} does, without a process for each. */
public final class Operator {
    private static final int OUT = 1;
    private static final int ERR = 2;
    private static final int EXIT = 3;

    private final Path socket;

    /** @param home the node's */
    public Operator(Path home) {
        this.socket = home.resolve("run").resolve("operator.sock");
    }

    /** Runs a command and waits for its end. */
    public Answer run(String command) throws IOException {
        return ask("{\"command\":" + quoted(command) + "}");
    }

    /** Runs a command that must succeed, and gives what it printed. */
    public String must(String command) throws IOException {
        Answer answer = run(command);
        if (answer.status() != 0) {
            throw new AssertionError(command + " answered " + answer.status() + ": " + answer.err() + answer.out());
        }
        return answer.out();
    }

    /** Sends a request as it is, a line of JSON. */
    public Answer ask(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer line = ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            return answer(new DataInputStream(Channels.newInputStream(channel)));
        }
    }

    private static Answer answer(DataInputStream frames) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        while (true) {
            int kind = frames.readByte();
            int length = frames.readInt();
            byte[] content = frames.readNBytes(length);
            if (content.length < length) {
                throw new EOFException("The node went away in the middle of a frame.");
            }
            switch (kind) {
                case OUT -> out.writeBytes(content);
                case ERR -> err.writeBytes(content);
                case EXIT -> {
                    return new Answer(Integer.parseInt(new String(content, StandardCharsets.US_ASCII)),
                            out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
                }
                default -> throw new IOException("The node sent a frame of kind " + kind + ".");
            }
        }
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < 0x20) {
                json.append(String.format("\\u%04x", c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
    }

    /**
     * What a command answered.
     *
     * @param status its exit code
     * @param out what it printed
     * @param err what it complained of
     */
    public record Answer(int status, String out, String err) {
    }
}
