package lattice.mesh.internal.protocol;

import java.util.List;
import lattice.api.id.NodeId;

/**
 * How a node can be reached.
 *
 * @param node who
 * @param addresses {@code host:port} each, at most {@value #MAX_ADDRESSES}; none if it only dials out
 */
public record Contact(NodeId node, List<String> addresses) {
    public static final int MAX_ADDRESSES = 8;
    /** The longest address, in characters. */
    public static final int MAX_ADDRESS_LENGTH = 262;

    public Contact {
        addresses = List.copyOf(addresses);
        if (addresses.size() > MAX_ADDRESSES
                || addresses.stream().anyMatch(address -> address.length() > MAX_ADDRESS_LENGTH)) {
            throw new IllegalArgumentException("A contact has at most " + MAX_ADDRESSES + " addresses of at most "
                    + MAX_ADDRESS_LENGTH + " characters");
        }
    }

    boolean canBeDialled() {
        return !addresses.isEmpty();
    }
}
