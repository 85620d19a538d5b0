package lattice.consent;

import java.util.List;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import org.osgi.annotation.versioning.ProviderType;

/** What was decided about services, kept in the node's meta store: the last {@value #KEPT} for each. */
@ProviderType
public interface DecisionLedger {
    /** How many decisions are kept about a service. */
    int KEPT = 32;

    /** The decisions about a service, newest first. */
    List<Decision> decisions(StoreId mesh, ServiceId service);

    /**
     * Notes what the firewall made of a proposal, if that differs from what it made of it before and the owner has said
     * something about the service; at most one in a few seconds for each service, so that a mesh that changes its mind
     * all the time can't fill the ledger.
     */
    void note(Proposal proposal, Verdict verdict);
}
