package lattice.mesh.internal.command;

import java.time.Duration;
import lattice.kernel.replication.StateProgress;
import lattice.mesh.internal.node.MeshNode;
import lattice.shell.Output;

/**
 * How the stores of a mesh arrive at a node that joined it, as bars: the state of a checkpoint, if what came before it is
 * not kept any more, in kilobytes; then commits.
 */
final class Fetching {
    /** So many looks in a row at which nothing is missing are the end. */
    private static final int QUIET_LOOKS = 3;
    private static final String STATE = "state, kB";

    private final Output output;
    private long heard = System.nanoTime();
    private int quiet;
    private long left;
    private long missed;
    private long arrived;
    private long all;

    Fetching(Output output) {
        this.output = output;
    }

    /** @param known whether the mesh's store, as far as it is here, says that this node is a member */
    void look(MeshNode.View view, boolean known) {
        long behind = view.commitsBehind();
        if (!view.arriving().isEmpty()) {
            state(view);
            left = 0;
            missed = 0;
        } else if (arrived > 0) {
            output.progress(STATE, all / 1000, all / 1000);
            arrived = 0;
        } else if (behind != left) {
            missed += Math.max(0, behind - left);
            left = behind;
            heard = System.nanoTime();
            output.progress("commits", missed - left, missed);
        }
        quiet = known && behind == 0 && view.arriving().isEmpty() ? quiet + 1 : 0;
    }

    private void state(MeshNode.View view) {
        long have = view.arriving().values().stream().mapToLong(StateProgress::have).sum();
        all = view.arriving().values().stream().mapToLong(StateProgress::bytes).sum();
        // The last part takes a while to be put in force: the transfer itself has a limit for how long it waits.
        heard = System.nanoTime();
        if (have != arrived) {
            arrived = have;
            output.progress(STATE, have / 1000, all / 1000);
        }
    }

    boolean isDone() {
        return quiet >= QUIET_LOOKS;
    }

    /** Time since anything came. */
    Duration silence() {
        return Duration.ofNanos(System.nanoTime() - heard);
    }
}
