package lattice.kernel.internal.view;

/** A cell in the {@link Overlay}. */
final class Slot {
    final byte[] key;
    final KeyBytes hashed;
    final Cell cell;
    /** The commit that it came with: readers see it once that is published. */
    final long revision;
    /** What readers see until then; only the one step that a reader may need is kept. */
    volatile Slot previous;
    /** Whether there was nothing in the overlay before it, so that until then readers see what the view holds. */
    final boolean first;
    /** Whether it is not in the overlay any more, or another is in its place. */
    volatile boolean isGone;

    Slot(byte[] key, Cell cell, long revision, Slot previous, boolean first) {
        this.key = key;
        hashed = new KeyBytes(key);
        this.cell = cell;
        this.revision = revision;
        this.previous = previous;
        this.first = first;
    }

    int weight() {
        return 180 + key.length + cell.weight();
    }
}
