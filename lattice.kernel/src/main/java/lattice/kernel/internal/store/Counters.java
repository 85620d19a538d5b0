package lattice.kernel.internal.store;

import java.nio.charset.StandardCharsets;
import lattice.kernel.internal.view.Cell;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counters as registers hold them: decimal numbers as text. */
final class Counters {
    private static final Logger LOG = LoggerFactory.getLogger(Counters.class);

    private Counters() {
    }

    /** A counter's register after an addition. */
    static byte[] plus(Cell current, long delta) {
        long before = current == null || current.isDeletion() ? 0 : number(current.value());
        return Long.toString(before + delta).getBytes(StandardCharsets.US_ASCII);
    }

    /** What a counter's register holds; 0 if something else was put there. */
    static long number(byte[] register) {
        try {
            return Long.parseLong(new String(register, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            LOG.debug("A counter's register holds no number and counts as 0", e);
            return 0;
        }
    }
}
