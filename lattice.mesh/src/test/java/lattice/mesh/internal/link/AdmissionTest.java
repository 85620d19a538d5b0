package lattice.mesh.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private final Admission admission = new Admission();
    private final EmbeddedChannel server = new EmbeddedChannel(admission);

    /** A connection that comes from somewhere. */
    private static final class Connection extends EmbeddedChannel {
        private final SocketAddress from;

        Connection(String place, int port) {
            from = new InetSocketAddress(place, port);
        }

        @Override
        public SocketAddress remoteAddress() {
            return from;
        }
    }

    private Connection accepted(String place, int port) {
        Connection connection = new Connection(place, port);
        server.writeInbound(connection);
        return connection;
    }

    private static List<Connection> open(List<Connection> connections) {
        connections.forEach(EmbeddedChannel::runPendingTasks);
        return connections.stream().filter(EmbeddedChannel::isOpen).toList();
    }

    @Test
    void fromAllPlacesTogetherOnlySoManyWaitAndTheLatestStay() {
        List<Connection> connections = IntStream.range(0, 3 * Admission.MAX_STRANGERS)
                .mapToObj(i -> accepted("10.0." + i / 250 + "." + i % 250, 1)).toList();

        assertThat(open(connections)).isEqualTo(connections.subList(2 * Admission.MAX_STRANGERS, connections.size()));
    }

    @Test
    void whoComesFromOnePlaceAgainAndAgainPushesOutNobodyElse() {
        Connection other = accepted("10.0.0.2", 1);
        List<Connection> connections = IntStream.rangeClosed(1, 200).mapToObj(port -> accepted("10.0.0.1", port)).toList();

        assertThat(open(connections)).isEqualTo(connections.subList(200 - Admission.MAX_OF_PLACE, 200));
        assertThat(open(List.of(other))).hasSize(1);
    }

    @Test
    void whoHasALinkMakesNoRoomAndTakesNone() {
        Connection member = accepted("10.0.0.1", 1);
        admission.known(member.remoteAddress());
        List<Connection> connections = IntStream.rangeClosed(2, 200).mapToObj(port -> accepted("10.0.0.1", port)).toList();

        assertThat(open(List.of(member))).hasSize(1);
        assertThat(open(connections)).hasSize(Admission.MAX_OF_PLACE);
    }
}
