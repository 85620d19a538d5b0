package lattice.kernel.internal.log;

import java.io.IOException;

/** What was to be read from the log is damaged. */
public final class DamagedLogException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Damage damage;

    public DamagedLogException(Damage damage) {
        super(damage.toString());
        this.damage = damage;
    }

    public Damage damage() {
        return damage;
    }
}
