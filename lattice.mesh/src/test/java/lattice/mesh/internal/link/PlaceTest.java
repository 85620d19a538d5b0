package lattice.mesh.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class PlaceTest {
    @Test
    void machinesThatHaveANetworkEachAreOnePlaceEach() {
        assertThat(place("192.0.2.7", 1)).isEqualTo(place("192.0.2.7", 2)).isNotEqualTo(place("192.0.2.8", 1));
        assertThat(place("2001:db8:1:2::7", 1)).isEqualTo(place("2001:db8:1:2:aaaa::8", 2))
                .isNotEqualTo(place("2001:db8:1:3::7", 1));
    }

    private static String place(String address, int port) {
        return Place.of(new InetSocketAddress(address, port));
    }
}
