package lattice.mesh.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import lattice.api.id.NodeId;
import lattice.kernel.membership.Presence;
import org.junit.jupiter.api.Test;

class LivenessTest {
    private static final long INCARNATION = 1_700_000_000_000L;
    private static final long DAY = TimeUnit.DAYS.toMillis(1);
    private static final NodeId SELF = new NodeId("01".repeat(32));
    private static final NodeId OTHER = new NodeId("02".repeat(32));
    private static final NodeId LIAR = new NodeId("03".repeat(32));

    private final TestClock clock = new TestClock();
    private final Spreading spreading = new Spreading(Settings.DEFAULT, clock);
    private final Neighbour liar = new Neighbour();
    private final Liveness liveness = new Liveness(SELF, INCARNATION, Settings.DEFAULT, clock, new Random(1), new AllKnown(),
            spreading);

    @Test
    void whoFallsSilentIsSuspectedAndThenGone() {
        for (int i = 1; i <= 20; i++) {
            beat(OTHER, INCARNATION + i);
            clock.pass(Settings.DEFAULT.heartbeatEvery());
        }
        assertThat(liveness.presence(OTHER)).isEqualTo(Presence.UP);
        List<Presence> seen = new ArrayList<>();
        for (int i = 0; i < 200 && !seen.contains(Presence.GONE); i++) {
            clock.pass(Settings.DEFAULT.heartbeatEvery() / 4);
            if (!seen.contains(liveness.presence(OTHER))) {
                seen.add(liveness.presence(OTHER));
            }
        }
        assertThat(seen).containsExactly(Presence.UP, Presence.SUSPECTED, Presence.GONE);
        beat(OTHER, INCARNATION + 21);
        assertThat(liveness.presence(OTHER)).isEqualTo(Presence.UP);
    }

    /** After which none of its own would count any more, and it would be shown as gone. */
    @Test
    void aHeartbeatThatCanNotBeYetHidesNobodysOwn() {
        beat(OTHER, Long.MAX_VALUE);
        beat(OTHER, INCARNATION + DAY + 1_000);
        assertThat(liveness.silence(OTHER)).isEmpty();
        beat(OTHER, INCARNATION + 1);
        clock.pass(1_000);
        beat(OTHER, INCARNATION + 2);
        assertThat(liveness.silence(OTHER)).contains(0L);
    }

    @Test
    void whoHearsMadeUpHeartbeatsOfItselfGoesOnAboveThem() {
        liveness.start();
        spreading.neighbourUp(liar);
        long madeUp = INCARNATION + DAY / 2;
        beat(SELF, madeUp);
        clock.pass(Settings.DEFAULT.heartbeatEvery() * 3);
        clock.pass(Settings.DEFAULT.gossipEvery() * 3);
        assertThat(liar.told).contains(new Message.Beat(SELF, madeUp + 1));
    }

    private void beat(NodeId node, long count) {
        liveness.received(liar, List.of(new Message.Beat(node, count)));
    }

    private static final class Neighbour implements PeerLink {
        private final List<Message.Beat> told = new ArrayList<>();

        @Override
        public NodeId peer() {
            return LIAR;
        }

        @Override
        public boolean dialled() {
            return true;
        }

        @Override
        public boolean send(Message message) {
            return told.addAll(((Message.Heartbeats) message).beats());
        }

        @Override
        public void close(String reason) {
            throw new AssertionError(reason);
        }
    }
}
