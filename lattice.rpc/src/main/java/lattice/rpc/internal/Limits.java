package lattice.rpc.internal;

import java.time.Duration;

/**
 * What clients may cost the node. All of it is bounded, whatever they do.
 *
 * @param connections how many there may be
 * @param strangers how many of them may not have shown a good token; beyond that the oldest stranger goes
 * @param introduction how long a stranger has to show a good token
 * @param connectionsPerToken how many connections may show one token
 * @param callsPerConnection how many calls may run on a connection
 * @param requestWithin how long a client may take to send the whole of a request
 * @param requestBytes how many bytes of requests may be under way on a connection before it is closed
 * @param answerBytes how many bytes of unary answers a connection may leave unread before its calls are refused
 * @param allBytes how many bytes of requests under way and of unread answers all connections may hold together before who holds
 *     most loses a connection
 * @param watchBytes about how many bytes of changes may wait for the reader of a watch
 * @param watchCommits how many commits may wait for the reader of a watch
 * @param allWatchesBytes about how many bytes of changes may wait for all readers together
 * @param stalledAfter how long a reader may take nothing, though something waits, before its stream ends
 * @param lingering how long an ended call may stay unread before its connection is closed
 * @param failuresAtOnce how many failed attempts a peer has before the rest of them is cut off
 * @param failuresPerSecond how many more it gets each second
 */
record Limits(int connections, int strangers, Duration introduction, int connectionsPerToken, int callsPerConnection,
        Duration requestWithin, long requestBytes, long answerBytes, long allBytes, long watchBytes, int watchCommits,
        long allWatchesBytes, Duration stalledAfter, Duration lingering, int failuresAtOnce, double failuresPerSecond) {
    private static final long MIB = 1024 * 1024;

    /** What a node uses. */
    static Limits standard() {
        long heap = Runtime.getRuntime().maxMemory();
        return new Limits(4096, 512, Duration.ofSeconds(10), 64, 1024, Duration.ofSeconds(20), 64 * MIB, 32 * MIB,
                Math.max(64 * MIB, heap / 4), 4 * MIB, 4096, Math.max(16 * MIB, heap / 8), Duration.ofSeconds(15),
                Duration.ofSeconds(10), 20, 1);
    }
}
