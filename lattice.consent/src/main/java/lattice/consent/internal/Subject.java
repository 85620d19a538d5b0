package lattice.consent.internal;

import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;

/** What a consent is about: a service of a mesh. */
record Subject(StoreId mesh, ServiceId service) implements Comparable<Subject> {
    @Override
    public int compareTo(Subject other) {
        int byMesh = mesh.compareTo(other.mesh);
        return byMesh != 0 ? byMesh : service.compareTo(other.service);
    }

    @Override
    public String toString() {
        return service + " of mesh " + mesh.shortId();
    }
}
