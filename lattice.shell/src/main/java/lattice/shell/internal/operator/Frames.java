package lattice.shell.internal.operator;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Writes the answer: frames of one byte that says what they carry, four bytes of length (big-endian), and that many
 * bytes. Threads that write never write into each other's frames. A shell's client sends frames, too: see {@link Keys}.
 */
final class Frames {
    static final byte STDOUT = 1;
    static final byte STDERR = 2;
    /** The exit code in decimal digits; the last frame. */
    static final byte EXIT = 3;

    private static final int LARGEST = 64 * 1024;
    private static final int HEADER = 5;

    private final SocketChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(HEADER + LARGEST);
    private volatile long writingSince;

    Frames(SocketChannel channel) {
        this.channel = channel;
    }

    /** A stream whose writes become frames of one kind. */
    OutputStream stream(byte kind) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                Frames.this.write(kind, new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                Frames.this.write(kind, bytes, offset, length);
            }
        };
    }

    void exit(int code) throws IOException {
        byte[] digits = String.valueOf(code).getBytes(StandardCharsets.US_ASCII);
        write(EXIT, digits, 0, digits.length);
    }

    /** Whether the client has not read for so long that a write has been waiting since. */
    boolean isStuck(long seconds) {
        long since = writingSince;
        return since != 0 && System.nanoTime() - since > TimeUnit.SECONDS.toNanos(seconds);
    }

    private synchronized void write(byte kind, byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        writingSince = System.nanoTime() | 1;
        try {
            do {
                int part = Math.min(LARGEST, length - done);
                buffer.clear();
                buffer.put(kind).putInt(part).put(bytes, offset + done, part).flip();
                while (buffer.hasRemaining()) {
                    if (!channel.isOpen()) {
                        throw new ClosedChannelException();
                    }
                    channel.write(buffer);
                }
                done += part;
            } while (done < length);
        } finally {
            writingSince = 0;
        }
    }
}
