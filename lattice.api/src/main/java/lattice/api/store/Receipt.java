package lattice.api.store;

/**
 * The answer to a write: it is on disk and visible here.
 *
 * @param position where in this node's log
 * @param version of the transaction's first mutation
 */
public record Receipt(LogPosition position, Version version) {
}
