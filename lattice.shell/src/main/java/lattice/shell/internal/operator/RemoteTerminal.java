package lattice.shell.internal.operator;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.impl.LineDisciplineTerminal;

/**
 * A terminal whose screen and keys are at the other end of a connection. The client's own terminal passes every byte on, so
 * what a terminal does by itself (echo, line ends, Ctrl-C) is done here.
 */
final class RemoteTerminal extends LineDisciplineTerminal {
    /** The buffer behind it holds 1,024 bytes, and who writes more into it waits. */
    private static final int MOST_TYPED_AHEAD = 1_000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long PAUSE_MILLIS = 2;

    private boolean givenUp;

    RemoteTerminal(String type, Size size, OutputStream screen) throws IOException {
        // The library writes byte by byte and flushes when something is to be seen.
        super("lattice", type, new BufferedOutputStream(screen), StandardCharsets.UTF_8);
        setSize(size);
    }

    /**
     * Takes what was typed. As in any terminal Ctrl-C gets through at once and drops what was typed before and not read; and
     * what nobody reads while the buffer is full is dropped, too, or a command that reads nothing could not be interrupted.
     */
    void type(byte[] keys) throws IOException, InterruptedException {
        for (int i = 0; i < keys.length; i++) {
            if (isInterrupt(keys[i])) {
                dropWhatIsTyped();
                raise(Signal.INT);
            } else if (awaitRoom()) {
                processInputByte(keys[i]);
            }
        }
    }

    /** Gives it another size, and tells what draws on it. */
    void resize(Size size) {
        setSize(size);
        raise(Signal.WINCH);
    }

    /** Nothing is typed any more: who reads gets the end of input. */
    void endInput() throws IOException {
        slaveInputPipe.close();
    }

    private boolean isInterrupt(byte key) {
        return attributes.getLocalFlag(LocalFlag.ISIG) && key == attributes.getControlChar(ControlChar.VINTR);
    }

    private void dropWhatIsTyped() throws IOException {
        byte[] dropped = new byte[MOST_TYPED_AHEAD];
        while (slaveInput.available() > 0) {
            slaveInput.readBuffered(dropped, 0, dropped.length, 1);
        }
    }

    /** Whoever has waited in vain once need not wait again until something was read. */
    private boolean awaitRoom() throws InterruptedException {
        long begun = System.nanoTime();
        while (slaveInput.available() >= MOST_TYPED_AHEAD) {
            if (givenUp || System.nanoTime() - begun > PATIENCE_NANOS) {
                givenUp = true;
                return false;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        givenUp = false;
        return true;
    }
}
