package lattice.kernel.membership;

/** What a member may write. */
public enum Role {
    /** Everything but {@code /services}, {@code /stores}, {@code /peers} and what is below other nodes' {@code /nodes}. */
    MEMBER,
    /** That, and {@code /services}, {@code /stores} and {@code /peers}. */
    ADMIN
}
