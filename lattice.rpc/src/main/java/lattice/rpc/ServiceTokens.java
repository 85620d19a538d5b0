package lattice.rpc;

import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import org.osgi.annotation.versioning.ProviderType;

/** The tokens by which processes prove which service they are. They are known to this node only, and kept hashed. */
@ProviderType
public interface ServiceTokens {
    /**
     * Makes a token. Beside what is granted it may read its service's config, and read and write the service's own state
     * and own status.
     *
     * @throws IllegalArgumentException if the grant asks for what no token may have, or names no store; the message says it
     */
    IssuedToken issue(TokenGrant grant);

    /**
     * The same for a process that is about to be started.
     *
     * @param ready told when the process says that it is ready
     */
    IssuedToken issue(TokenGrant grant, ReadyListener ready);

    /** What of these rights no token of a service may have; empty if one may have them all. */
    Optional<Prefix> forbidden(ServiceId service, Acl asked);

    /** The tokens that are good, the oldest first. */
    List<TokenInfo> list();

    /**
     * Takes a token back: it is good for nothing from now on, and its running calls end within a second.
     *
     * @return whether there was one of that id
     */
    boolean revoke(String id);
}
