package lattice.rpc.internal;

/**
 * Who is at the other end of a connection, as far as the system tells.
 *
 * @param account what its failed attempts are counted by: its user, or its address
 * @param description for the log
 */
record Peer(String account, String description) {
    @Override
    public String toString() {
        return description;
    }
}
