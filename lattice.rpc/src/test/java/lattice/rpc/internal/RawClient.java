package lattice.rpc.internal;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A client that keeps nothing of what it sends and receives: what is in memory because of it, the node holds. */
final class RawClient implements AutoCloseable {
    private static final int FRAME_BYTES = 16_384;
    private static final int FIRST_WINDOW = 65_535;
    private static final int DATA = 0;
    private static final int SETTINGS = 4;
    private static final int WINDOW_UPDATE = 8;

    private final SocketChannel socket;
    private ByteBuffer received = ByteBuffer.allocate(0);
    private final Map<Integer, Long> windows = new HashMap<>();
    private long window = FIRST_WINDOW;
    private long windowOfStreams = FIRST_WINDOW;
    private boolean closed;

    RawClient(Path path) throws IOException {
        socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        socket.connect(UnixDomainSocketAddress.of(path));
        socket.configureBlocking(false);
    }

    /** Whether the node has closed the connection. */
    boolean closed() {
        return closed;
    }

    /** Sends, and waits until all of it is on its way, or nothing can be any more. */
    void send(byte[]... parts) throws InterruptedException {
        try {
            for (byte[] part : parts) {
                ByteBuffer bytes = ByteBuffer.wrap(part);
                while (bytes.hasRemaining() && !closed) {
                    if (socket.write(bytes) == 0) {
                        Thread.sleep(1);
                    }
                }
            }
        } catch (IOException e) {
            closed = true;
        }
    }

    /** Begins a call and sends the head of its request, which says how long it is. */
    void begin(int stream, String method, String token, int length) throws InterruptedException {
        send(Frames.call(stream, method, token));
        send(stream, ByteBuffer.allocate(5).put((byte) 0).putInt(length).array());
    }

    /** Sends as much of that as the node has room for; what of it was sent. */
    int sendSome(int stream, byte[] data) throws InterruptedException {
        read();
        long room = Math.min(window, windowOfStreams + windows.getOrDefault(stream, 0L));
        int length = (int) Math.min(Math.min(room, FRAME_BYTES), data.length);
        if (length > 0 && !closed) {
            send(stream, Arrays.copyOf(data, length));
        }
        return Math.max(0, length);
    }

    private void send(int stream, byte[] data) throws InterruptedException {
        window -= data.length;
        windows.merge(stream, (long) -data.length, Long::sum);
        send(Frames.frame(DATA, 0, stream, data));
    }

    /** Takes in what the node says about windows, and drops the rest. */
    private void read() {
        if (received.capacity() == 0) {
            received = ByteBuffer.allocate(2 * FRAME_BYTES);
        }
        try {
            int count;
            while ((count = socket.read(received)) > 0) {
                received.flip();
                while (received.remaining() >= 9 && received.remaining() >= 9 + length()) {
                    frame();
                }
                received.compact();
            }
            closed |= count < 0;
        } catch (IOException e) {
            closed = true;
        }
    }

    private int length() {
        return received.getInt(received.position()) >>> 8;
    }

    private void frame() {
        int length = length();
        int type = received.get(received.position() + 3);
        int stream = received.getInt(received.position() + 5);
        ByteBuffer payload = received.slice(received.position() + 9, length);
        received.position(received.position() + 9 + length);
        if (type == WINDOW_UPDATE && stream == 0) {
            window += payload.getInt();
        } else if (type == WINDOW_UPDATE) {
            windows.merge(stream, (long) payload.getInt(), Long::sum);
        } else if (type == SETTINGS) {
            while (payload.remaining() >= 6) {
                int setting = payload.getShort();
                int value = payload.getInt();
                if (setting == 4) {
                    windowOfStreams = value;
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
