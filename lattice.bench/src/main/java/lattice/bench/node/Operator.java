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

    /** Does a command and answers with its output. */
    String run(String command) throws IOException {
        StringBuilder output = new StringBuilder();
        try (Running running = start(command)) {
            for (String more = running.next(); more != null; more = running.next()) {
                output.append(more);
            }
        }
        return output.toString();
    }

    /** Starts a command whose output is read as it comes. */
    Running start(String command) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            byte[] request = MAPPER.writeValueAsBytes(
                    MAPPER.createObjectNode().put("command", command).put("columns", 0).put("color", false));
            ByteBuffer line = ByteBuffer.allocate(request.length + 1).put(request).put((byte) '\n').flip();
            while (line.hasRemaining()) {
                channel.write(line);
            }
            return new Running(command, channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** A command that is being done. */
    static final class Running implements AutoCloseable {
        private final String command;
        private final SocketChannel channel;
        private final DataInputStream frames;

        Running(String command, SocketChannel channel) {
            this.command = command;
            this.channel = channel;
            this.frames = new DataInputStream(Channels.newInputStream(channel));
        }

        /**
         * The next piece of output, or null after the last.
         *
         * @throws IOException if the command failed
         */
        String next() throws IOException {
            StringBuilder errors = new StringBuilder();
            while (true) {
                int kind = frames.readByte();
                String content = new String(frames.readNBytes(frames.readInt()), UTF_8);
                if (kind == OUTPUT) {
                    return content;
                } else if (kind != EXIT) {
                    errors.append(content);
                } else if (content.equals("0")) {
                    return null;
                } else {
                    throw new IOException("The node says to `" + command + "`: " + errors.toString().strip());
                }
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
