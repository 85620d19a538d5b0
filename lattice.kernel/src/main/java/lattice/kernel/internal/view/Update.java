package lattice.kernel.internal.view;

/** What a commit makes of a key. */
public final class Update {
    final int hash;
    /** The commit that it came with: readers see it once that is published. Set when it is. */
    long revision;
    /** Whether its {@link Layer} had nothing of the key before, so that until then readers see what is below. */
    boolean first;
    /** What readers see until then; only the one step that a reader may need is kept. */
    volatile Update previous;
    /** What its key goes by first where many are put in order. */
    long order;

    private final byte[] key;
    private final Cell cell;

    /**
     * @param key the key, not to be modified
     * @param cell what is in force there now
     */
    public Update(byte[] key, Cell cell) {
        this.key = key;
        this.cell = cell;
        hash = KeyTable.hash(key);
    }

    public byte[] key() {
        return key;
    }

    public Cell cell() {
        return cell;
    }

    /** About how much memory it takes. */
    int weight() {
        return 100 + key.length + cell.weight();
    }
}
