package lattice.rpc;

import java.time.Duration;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;

/**
 * What a new token is for.
 *
 * @param service whom it belongs to
 * @param store {@code root}, the name of a child store, or the id of a store in hex
 * @param acl what it may do beyond what every service may
 * @param lifetime how long it is good; forever if empty
 * @param kept whether it outlives this run of the node
 */
public record TokenGrant(ServiceId service, String store, Acl acl, Optional<Duration> lifetime, boolean kept) {
}
