package lattice.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What measures must not pass over what went wrong. */
class SimulateTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Simulate simulate = new Simulate(new PrintStream(printed, true, StandardCharsets.UTF_8), 7);

    @Test
    void aMeshThatDivergedFailsTheRunAndSaysItsSeed() {
        Simulate.Spread spread = simulate.spread("nothing arrives", 5, Conditions.GOOD.withVanishing(1), 0);

        assertThat(spread.states()).isGreaterThan(1);
        assertThat(printed.toString(StandardCharsets.UTF_8)).as("it is shown all the same").contains("nothing arrives");
        assertThatThrownBy(simulate::end).isInstanceOf(IllegalStateException.class).hasMessageContaining("nothing arrives, 5 nodes, seed 7");
    }

    /** A hundred nodes with five links each can't be reached in less, and a chain of them would be far more. */
    @Test
    void roundsAreTheLongestWayOfAWrite() {
        Simulate.Spread two = simulate.spread("good", 2, Conditions.GOOD, 0);
        Simulate.Spread hundred = simulate.spread("good", 100, Conditions.GOOD, 0);

        assertThat(two.rounds()).isEqualTo(1);
        assertThat(two.mostRounds()).isEqualTo(1);
        assertThat(hundred.rounds()).isBetween(3, 14).isLessThanOrEqualTo(hundred.mostRounds());
        assertThat(hundred.states()).isEqualTo(1);
        assertThatCode(simulate::end).doesNotThrowAnyException();
    }
}
