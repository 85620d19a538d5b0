package lattice.api.node;

import java.time.Duration;
import java.util.Optional;
import lattice.api.store.HybridTime;

/**
 * How the node's clock is.
 *
 * @param last the last reading of its hybrid clock
 * @param ahead how far that is ahead of its wall clock; zero if it is not
 * @param problem what is wrong and what to do, if anything is
 */
public record ClockStatus(HybridTime last, Duration ahead, Optional<String> problem) {
}
