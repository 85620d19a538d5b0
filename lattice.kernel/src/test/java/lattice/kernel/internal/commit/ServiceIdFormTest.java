package lattice.kernel.internal.commit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import lattice.api.id.ServiceId;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

/** What is a service id is checked by hand, as it is read with each transaction: the same as its form says. */
class ServiceIdFormTest {
    @Property(tries = 2_000)
    void isWhatTheFormSays(@ForAll @CharRange(from = '-', to = '1') @CharRange(from = 'y', to = '{') @StringLength(max = 8) String name) {
        if (name.matches("[a-z0-9]+([.-][a-z0-9]+)*")) {
            assertEquals(name, new ServiceId(name).name());
        } else {
            assertThrows(IllegalArgumentException.class, () -> new ServiceId(name));
        }
    }

    @Property(tries = 1)
    void hasAtMost128Characters() {
        assertDoesNotThrow(() -> new ServiceId("a".repeat(ServiceId.MAX_LENGTH)));
        assertThrows(IllegalArgumentException.class, () -> new ServiceId("a".repeat(ServiceId.MAX_LENGTH + 1)));
    }
}
