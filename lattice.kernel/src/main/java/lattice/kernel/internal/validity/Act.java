package lattice.kernel.internal.validity;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lattice.kernel.internal.codec.Hash;

/** What is said about a node under {@code /peers/{node}}. {@link ActCodec} has its text. */
public sealed interface Act {
    /**
     * It is a member.
     *
     * @param admin whether it is an administrator, beyond {@code from}
     * @param invite the SHA-256 of the secret of the invitation that it accepted, if it did one
     * @param name what people call it; may be empty
     * @param addresses how it can be reached
     * @param from how far its chains had come, so that nothing it said before gains weight; absent is the start
     * @param lifts the revocations that no longer hold beyond {@code from}
     */
    record Grant(boolean admin, Optional<Hash> invite, String name, List<String> addresses, Map<Chain, Mark> from,
            Set<Hash> lifts) implements Act {
        public Grant {
            addresses = List.copyOf(addresses);
            from = Map.copyOf(from);
            lifts = Set.copyOf(lifts);
        }
    }

    /**
     * It is no longer a member, or no longer an administrator. Said by a node about itself: it leaves.
     *
     * @param adminOnly whether it remains a member
     * @param cuts how far its chains count; what is absent counts not at all
     */
    record Revoke(boolean adminOnly, Map<Chain, Mark> cuts) implements Act {
        public Revoke {
            cuts = Map.copyOf(cuts);
        }
    }
}
