package lattice.mesh.internal.protocol;

import java.util.ArrayList;
import java.util.List;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;

/**
 * Commits of one author that came over a link.
 *
 * @param run in sequence, none missing
 */
record Incoming(PeerLink from, List<SignedCommit> run) {
    private static final int COMMIT_OVERHEAD = 256;

    /** What came at once, each author's in sequence by itself. */
    static List<Incoming> runs(PeerLink from, List<SignedCommit> commits) {
        List<Incoming> runs = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= commits.size(); i++) {
            if (i == commits.size() || !commits.get(i).author().equals(commits.get(i - 1).author())
                    || commits.get(i).sequence() != commits.get(i - 1).sequence() + 1) {
                runs.add(new Incoming(from, commits.subList(start, i)));
                start = i;
            }
        }
        return runs;
    }

    Author author() {
        return run.get(0).author();
    }

    SignedCommit first() {
        return run.get(0);
    }

    SignedCommit last() {
        return run.get(run.size() - 1);
    }

    /** About what it takes in memory. */
    int bytes() {
        return run.stream().mapToInt(commit -> commit.commit().length + COMMIT_OVERHEAD).sum();
    }
}
