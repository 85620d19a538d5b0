package lattice.itest.process;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Speaks to a node's operator socket as the launcher's {@code exec} does, without a process for each command. */
final class OperatorClient {
    private static final int OUT = 1;
    private static final int ERR = 2;

    private OperatorClient() {
    }

    static Answer exec(Path socket, String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            String quoted = command.replace("\\", "\\\\").replace("\"", "\\\"");
            channel.write(ByteBuffer.wrap(("{\"command\":\"" + quoted + "\",\"columns\":0,\"color\":false}\n")
                    .getBytes(StandardCharsets.UTF_8)));
            DataInputStream frames = new DataInputStream(Channels.newInputStream(channel));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            while (true) {
                int kind = frames.readByte();
                byte[] bytes = frames.readNBytes(frames.readInt());
                if (kind == OUT) {
                    out.writeBytes(bytes);
                } else if (kind == ERR) {
                    err.writeBytes(bytes);
                } else {
                    return new Answer(Integer.parseInt(new String(bytes, StandardCharsets.US_ASCII)),
                            out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
                }
            }
        }
    }

    /**
     * What a command answered.
     *
     * @param status its exit code
     * @param out what it printed
     * @param err what it complained of
     */
    record Answer(int status, String out, String err) {
    }
}
