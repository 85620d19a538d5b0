package lattice.daemon.internal.process;

import java.util.Locale;

/** Amounts of memory for people. */
public final class Sizes {
    private static final double MEBI = 1024 * 1024;

    private Sizes() {
    }

    public static String inWords(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / MEBI);
    }
}
