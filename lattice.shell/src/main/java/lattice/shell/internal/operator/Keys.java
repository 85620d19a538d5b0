package lattice.shell.internal.operator;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import org.jline.terminal.Size;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a shell's client sends after its request: frames as {@link Frames} has them, with what was typed, and with the size
 * of the terminal whenever it changes.
 */
final class Keys {
    /** Bytes that were typed. */
    static final byte TYPED = 4;
    /** Columns and rows, two bytes each, big-endian. */
    static final byte SIZE = 5;

    private static final Logger LOG = LoggerFactory.getLogger(Keys.class);
    private static final int LARGEST = 64 * 1024;
    private static final int SIZE_BYTES = 4;

    private final SocketChannel channel;
    private final RemoteTerminal terminal;

    Keys(SocketChannel channel, RemoteTerminal terminal) {
        this.channel = channel;
        this.terminal = terminal;
    }

    /** Hands all on to the terminal, up to the end of the connection. */
    void read() {
        try {
            DataInputStream frames = new DataInputStream(Channels.newInputStream(channel));
            for (int kind = frames.read(); kind >= 0; kind = frames.read()) {
                take(kind, frames);
            }
        } catch (IOException e) {
            LOG.debug("The connection of a shell ended.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            endInput();
        }
    }

    private void take(int kind, DataInputStream frames) throws IOException, InterruptedException {
        int length = frames.readInt();
        if (length < 0 || length > LARGEST || kind == SIZE && length != SIZE_BYTES || kind != SIZE && kind != TYPED) {
            throw new IOException("The client of a shell sent a frame of kind " + kind + " and length " + length + ".");
        }
        byte[] content = new byte[length];
        frames.readFully(content);
        if (kind == SIZE) {
            ByteBuffer size = ByteBuffer.wrap(content);
            terminal.resize(new Size(Short.toUnsignedInt(size.getShort()), Short.toUnsignedInt(size.getShort())));
        } else {
            terminal.type(content);
        }
    }

    private void endInput() {
        try {
            terminal.endInput();
        } catch (IOException e) {
            LOG.debug("The terminal of a shell could not be ended.", e);
        }
    }
}
