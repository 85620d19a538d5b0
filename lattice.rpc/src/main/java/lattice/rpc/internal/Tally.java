package lattice.rpc.internal;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that one connection holds for one reason; they count for all connections together too. */
final class Tally {
    private final AtomicLong bytes = new AtomicLong();
    private final Connection connection;
    private final Connections all;

    Tally(Connection connection, Connections all) {
        this.connection = connection;
        this.all = all;
    }

    /** @return how many they are now */
    long add(long more) {
        long now = bytes.addAndGet(more);
        all.hold(connection, more);
        return now;
    }

    long get() {
        return bytes.get();
    }
}
