package lattice.api.store;

/** The changes after the revision asked for are no longer in the log: scan, and watch from the position of the scan. */
public final class CompactedException extends StoreException {
    private static final long serialVersionUID = 1L;

    private final long askedRevision;
    private final long oldestRevision;

    public CompactedException(long asked, long oldestRevision) {
        super(Code.COMPACTED, "Changes after revision " + asked + " were compacted away; the log goes back to "
                + oldestRevision + ". Scan again, and watch from there.");
        this.askedRevision = asked;
        this.oldestRevision = oldestRevision;
    }

    /** The revision after which changes were asked for. */
    public long askedRevision() {
        return askedRevision;
    }

    /** The lowest revision that a watch can resume after. */
    public long oldestRevision() {
        return oldestRevision;
    }
}
