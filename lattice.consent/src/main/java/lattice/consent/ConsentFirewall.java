package lattice.consent;

import java.util.List;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the owner of this node lets run. This side reads and decides; it has no way to change a consent. Every doubt (an
 * entry missing, unreadable, there twice, Config Admin gone) is a no.
 */
@ProviderType
public interface ConsentFirewall {
    /** What the owner said about a service of a mesh; never throws. */
    ConsentEntry entry(StoreId mesh, ServiceId service);

    /** All consents that can be read, by mesh and service. */
    List<Consent> consents();

    /** What is wrong with entries in the configuration that can't be read, a sentence each. */
    List<String> problems();

    /** Whether what is proposed may run, by what the owner said. Depends on nothing else; never throws. */
    Verdict judge(Proposal proposal);

    /** Calls {@code listener} after every change, on the thread that makes the change, until the handle is closed. */
    Listening onChange(Runnable listener);

    /** Ends calls to a listener. */
    interface Listening extends AutoCloseable {
        @Override
        void close();
    }
}
