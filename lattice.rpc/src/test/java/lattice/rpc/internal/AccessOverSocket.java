package lattice.rpc.internal;

import lattice.api.id.ServiceId;
import lattice.service.irc.internal.TestGateway;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;

/**
 * With this the tests of the chat gateway, which the build runs here once more, have their store over the socket, as a gateway
 * in a process of its own has it.
 */
public final class AccessOverSocket implements TestGateway.Access {
    @Override
    public Way open(ServiceId service, InMemoryStore store) throws Exception {
        ServedStore served = new ServedStore(Limits.standard(), TestNodeStatus.NODE, store, store::restrictedTo, () -> {
            // The store is the test's own, and may have other gateways.
        });
        return new Way(served.client(service, served.token(service.name(), "", "")), served);
    }
}
