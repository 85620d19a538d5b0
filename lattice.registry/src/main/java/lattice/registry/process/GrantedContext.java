package lattice.registry.process;

import lattice.api.service.ServiceContext;
import lattice.api.store.Acl;
import org.osgi.annotation.versioning.ProviderType;

/** A service's context as the registry makes it, for a provider that has to hand the service's rights on. */
@ProviderType
public interface GrantedContext extends ServiceContext {
    /** What the store of this context lets the service read and write. */
    Acl acl();
}
