package lattice.shell.internal.output;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jline.utils.AttributedCharSequence.ForceMode;
import org.jline.utils.AttributedString;

/** Writes UTF-8 to a stream of a session, whatever encoding the machine's locale asks for. */
final class Sink {
    private static final int COLOURS = 8;

    private final PrintStream stream;
    private final boolean colours;

    Sink(PrintStream stream, boolean colours) {
        this.stream = stream;
        this.colours = colours;
    }

    void line(AttributedString line) {
        text((colours ? line.toAnsi(COLOURS, ForceMode.None) : line.toString()) + "\n");
    }

    void text(String text) {
        bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    void bytes(byte[] bytes) {
        stream.write(bytes, 0, bytes.length);
        if (stream.checkError()) {
            throw new OutputClosedException();
        }
    }
}
