package lattice.rpc.internal;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;

/** What the token of a service may do always, at most, and never. */
final class TokenRules {
    private static final List<Prefix> SYSTEM = List.of(new Prefix("/services"), new Prefix("/peers"),
            new Prefix("/stores"), new Prefix("/nodes"));

    private TokenRules() {
    }

    /** Where a service outside the node says how it is. */
    static Prefix status(NodeId node, ServiceId service) {
        return new Prefix("/nodes/" + node + "/status/" + service);
    }

    /** What of these rights no token of a service may have: to write where the node alone does. */
    static Optional<Prefix> forbidden(NodeId node, ServiceId service, Acl asked) {
        Prefix status = status(node, service);
        return asked.write().stream().filter(prefix -> !status.contains(prefix)
                && SYSTEM.stream().anyMatch(table -> table.contains(prefix) || prefix.contains(table))).findFirst();
    }

    /**
     * The rights of a new token.
     *
     * @param asked beyond those that every service has
     * @throws IllegalArgumentException if it asks to write where no token may
     */
    static Acl rights(NodeId node, ServiceId service, Acl asked) {
        Prefix status = status(node, service);
        Prefix state = new Prefix("/state/" + service);
        forbidden(node, service, asked).ifPresent(prefix -> {
            throw new IllegalArgumentException("No token may write " + prefix + ": /services, /peers, /stores and /nodes"
                    + " are the node's own. Name a prefix beside them, such as " + state + ".");
        });
        Set<Prefix> read = new HashSet<>(asked.read());
        read.addAll(List.of(new Prefix("/services/" + service + "/config"), state, status));
        Set<Prefix> write = new HashSet<>(asked.write());
        write.addAll(List.of(state, status));
        return new Acl(read, write);
    }
}
