package lattice.bench.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Gives a running node commands over its operator socket, as {@code lattice exec} does, without a JVM for each. */
final class Operator {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int OUTPUT = 1;
    private static final int EXIT = 3;

    private final Path socket;

    Operator(Path home) {
        this.socket = home.resolve("run").resolve("operator.sock");
    }

    /**
     * Does a command and answers with its output.
     *
     * @throws IOException if the command failed
     */
    String run(String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            byte[] request = MAPPER.writeValueAsBytes(
                    MAPPER.createObjectNode().put("command", command).put("columns", 0).put("color", false));
            ByteBuffer line = ByteBuffer.allocate(request.length + 1).put(request).put((byte) '\n').flip();
            while (line.hasRemaining()) {
                channel.write(line);
            }
            return answer(command, new DataInputStream(Channels.newInputStream(channel)));
        }
    }

    private static String answer(String command, DataInputStream frames) throws IOException {
        StringBuilder output = new StringBuilder();
        StringBuilder errors = new StringBuilder();
        while (true) {
            int kind = frames.readByte();
            String content = new String(frames.readNBytes(frames.readInt()), UTF_8);
            if (kind != EXIT) {
                (kind == OUTPUT ? output : errors).append(content);
            } else if (content.equals("0")) {
                return output.toString();
            } else {
                throw new IOException("The node says to `" + command + "`: " + errors.toString().strip());
            }
        }
    }
}
