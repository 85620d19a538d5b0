package lattice.kernel.internal.store;

import java.nio.charset.StandardCharsets;
import lattice.api.store.Key;
import lattice.kernel.internal.commit.Commit;

/** Which commits of a root store are kept for good. */
final class ControlCommits {
    private ControlCommits() {
    }

    static boolean isControl(Commit commit) {
        return commit.transactions().stream().flatMap(transaction -> transaction.writes().stream())
                .anyMatch(write -> SystemTables.isControl(new Key(new String(write.key(), StandardCharsets.UTF_8))));
    }
}
