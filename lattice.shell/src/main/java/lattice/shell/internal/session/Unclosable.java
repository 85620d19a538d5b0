package lattice.shell.internal.session;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Lends a stream to something that closes what it is given. */
final class Unclosable extends FilterOutputStream {
    Unclosable(OutputStream lent) {
        super(lent);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
        flush();
    }
}
