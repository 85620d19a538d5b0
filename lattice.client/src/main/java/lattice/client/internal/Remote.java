package lattice.client.internal;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.Endpoint;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.client.ClientSettings;
import lattice.client.NodeConnection;
import lattice.protocol.Wire;
import lattice.v1.ConnectRequest;
import lattice.v1.ConnectResponse;
import lattice.v1.ReadyRequest;
import lattice.v1.StoreServiceGrpc;

/** A {@link NodeConnection} over gRPC. */
public final class Remote implements NodeConnection {
    private final Link link;
    private final NodeId node;
    private final ServiceId service;
    private final Acl rights;
    private final RemoteStore store;

    private Remote(Link link, NodeId node, ServiceId service, Acl rights, RemoteStore store) {
        this.link = link;
        this.node = node;
        this.service = service;
        this.rights = rights;
        this.store = store;
    }

    /** Connects, and waits until the node has answered. */
    public static Remote open(ClientSettings settings) {
        Link link = new Link(settings);
        try {
            ConnectResponse answer = link.ask(StoreServiceGrpc.getConnectMethod(), ConnectRequest.newBuilder()
                    .setServiceId(settings.service().name()).setClient("java").build());
            return new Remote(link, new NodeId(Wire.hex(answer.getNodeId())), settings.service(),
                    new Acl(prefixes(answer.getReadList()), prefixes(answer.getWriteList())),
                    new RemoteStore(link, new StoreId(Wire.hex(answer.getStoreId())), answer.getStoreName()));
        } catch (RuntimeException e) {
            link.close();
            throw e;
        }
    }

    private static Set<Prefix> prefixes(List<String> paths) {
        return paths.stream().map(Prefix::new).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public NodeId node() {
        return node;
    }

    @Override
    public ServiceId service() {
        return service;
    }

    @Override
    public Acl rights() {
        return rights;
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public void ready(List<Endpoint> endpoints) {
        ReadyRequest.Builder request = ReadyRequest.newBuilder();
        endpoints.forEach(each -> request.addEndpoints(lattice.v1.Endpoint.newBuilder().setProtocol(each.protocol())
                .setHost(each.host()).setPort(each.port())));
        link.ask(StoreServiceGrpc.getReadyMethod(), request.build());
    }

    @Override
    public void close() {
        store.close();
        link.close();
    }
}
