package lattice.registry.internal.overview;

import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.node.InstanceState;

/** How a service stands at a node, in the words of a summary such as {@code 3 running, 1 refuses}. */
public enum Standing {
    RUNNING("running", "running", InstanceState.RUNNING),
    STARTING("starting", "starting", InstanceState.STARTING),
    WAITING("waiting", "waiting", InstanceState.WAITING),
    FAILING("failing", "failing", InstanceState.FAILED, InstanceState.BACKING_OFF),
    INVALID("finds it invalid", "find it invalid", InstanceState.INVALID),
    REFUSES("refuses", "refuse", InstanceState.REFUSED),
    AWAITS_CONSENT("awaiting consent", "awaiting consent", InstanceState.AWAITING_CONSENT),
    STOPPED("stopped", "stopped", InstanceState.STOPPED, InstanceState.STOPPING),
    /** It is meant for the node, which has said nothing of it. */
    NO_WORD("no word yet", "no word yet"),
    /** It is meant for the node, or ran there, and the node is not heard of. */
    OFFLINE("offline", "offline"),
    NOT_MEANT("not meant", "not meant", InstanceState.DECLARED);

    private final String one;
    private final String many;
    private final InstanceState[] states;

    Standing(String one, String many, InstanceState... states) {
        this.one = one;
        this.many = many;
        this.states = states;
    }

    static Standing of(InstanceState state) {
        return Stream.of(values()).filter(each -> Stream.of(each.states).anyMatch(state::equals)).findFirst()
                .orElse(NO_WORD);
    }

    /** What this node made of what another one says about a service that is, or is not, meant for it. */
    static Standing of(Optional<InstanceState> told, boolean isMeant, boolean isGone) {
        boolean concerned = isMeant || told.isPresent();
        if (isGone && concerned) {
            return OFFLINE;
        }
        return told.map(Standing::of).orElse(concerned ? NO_WORD : NOT_MEANT);
    }

    /** Such as {@code 2 refuse}. */
    String counted(long nodes) {
        return nodes + " " + (nodes == 1 ? one : many);
    }
}
