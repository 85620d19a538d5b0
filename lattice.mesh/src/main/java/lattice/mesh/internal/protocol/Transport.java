package lattice.mesh.internal.protocol;

/** Opens links; their coming and going is told to {@link MeshProtocol#linkUp} and {@link MeshProtocol#linkDown}. */
public interface Transport {
    /** Opens a link, or calls {@link MeshProtocol#dialFailed} within a bounded time. */
    void dial(Contact contact);
}
