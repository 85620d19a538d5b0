package lattice.kernel.internal.commit;

import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;

/**
 * One transaction.
 *
 * @param service the service that asked for it, if one did
 * @param operationId what makes a retry safe, if it was given
 * @param command the command that it is the effect of, if it is one's
 * @param writes its mutations, in order
 */
public record TransactionSection(Optional<ServiceId> service, Optional<String> operationId, Optional<SentCommand> command,
        List<Write> writes) implements Section {
    public TransactionSection {
        writes = List.copyOf(writes);
    }
}
