package lattice.rpc.internal;

import java.util.Set;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.testkit.StoreContract;

/** What the contract of stores is tried on: a client's view of a served store. */
record OverSocket(ServedStore served, NodeId node) implements StoreContract.Opened {
    private static final Acl EVERYTHING = new Acl(Set.of(Prefix.ALL), Set.of(Prefix.ALL));

    @Override
    public Store store() {
        return served.client(ServedStore.OPERATOR, served.tokenFor(ServedStore.OPERATOR, EVERYTHING));
    }

    @Override
    public Store restrictedTo(ServiceId service, Acl acl) {
        return served.client(service, served.tokenFor(service, acl));
    }

    @Override
    public void close() throws Exception {
        served.close();
    }
}
