package lattice.rpc;

import java.time.Instant;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;

/**
 * A token, without its secret.
 *
 * @param id 8 hexadecimal digits, which are also in the token
 * @param service whom it belongs to
 * @param store the name of the store that it opens
 * @param acl all that it may do there
 * @param created when
 * @param expires until when it is good; forever if empty
 * @param kept whether it outlives this run of the node
 */
public record TokenInfo(String id, ServiceId service, String store, Acl acl, Instant created, Optional<Instant> expires,
        boolean kept) {
}
