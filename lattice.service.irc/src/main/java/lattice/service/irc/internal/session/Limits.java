package lattice.service.irc.internal.session;

import java.time.Duration;

/**
 * What one client, and all together, may take.
 *
 * @param connections at once
 * @param connectionsPerAddress at once from one address
 * @param channels how many the store keeps
 * @param channelsPerClient how many a client may be in
 * @param linesPerSecond how fast lines of a client are dealt with
 * @param burst how many lines may come faster than that
 * @param idle after this long without a line a client is asked whether it is still there, and has half as long to answer
 * @param registration how long a client may take to say who it is
 * @param sendQueue how many bytes may wait for a client to read them
 */
public record Limits(int connections, int connectionsPerAddress, int channels, int channelsPerClient, int linesPerSecond,
        int burst, Duration idle, Duration registration, int sendQueue) {
}
