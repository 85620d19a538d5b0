package lattice.registry.internal;

import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;

/**
 * Names an instance.
 *
 * @param mesh the store that declares it
 * @param service the service
 */
public record InstanceKey(StoreId mesh, ServiceId service) implements Comparable<InstanceKey> {
    @Override
    public int compareTo(InstanceKey other) {
        int byMesh = mesh.compareTo(other.mesh);
        return byMesh != 0 ? byMesh : service.compareTo(other.service);
    }

    @Override
    public String toString() {
        return service + " of mesh " + mesh.shortId();
    }
}
