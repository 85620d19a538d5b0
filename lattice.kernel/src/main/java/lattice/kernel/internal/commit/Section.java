package lattice.kernel.internal.commit;

/** A part of a commit. */
public sealed interface Section permits TransactionSection, UnknownSection {
}
