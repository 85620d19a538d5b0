package lattice.service.irc.internal.session;

import java.time.Duration;

/** The network's side of a session. Used on the thread of the gateway only; nothing here waits. */
public interface Connection {
    /** The other side's address, as text without a port. */
    String address();

    /** Sends a line with its end, after those sent before. */
    void write(byte[] line);

    /** Closes it once what was written is sent, or soon anyway. */
    void close();

    /** Stops reading from the other side, or goes on with it. */
    void read(boolean more);

    /** Runs a task on the thread of the gateway after a while; not at all if the connection is closed by then. */
    void later(Duration delay, Runnable task);
}
