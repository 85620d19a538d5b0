package lattice.launcher.internal;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** What was asked for on the command line. */
sealed interface Invocation {
    /**
     * A node in the foreground.
     *
     * @param home where it lives
     * @param shell whether a shell may open
     * @param commands statements to run instead of opening the shell
     */
    record Run(NodeHome home, boolean shell, Optional<String> commands) implements Invocation {
    }

    /** A home made from a backup. */
    record Restore(NodeHome home, Path backup) implements Invocation {
    }

    /** A node in the background. */
    record Start(NodeHome home) implements Invocation {
    }

    /** The end of a node in the background. */
    record Stop(NodeHome home) implements Invocation {
    }

    /**
     * Whether a node runs.
     *
     * @param home where it lives
     * @param await whether to wait until one takes commands
     * @param pid whose end is the end of the wait, if that is known
     */
    record Status(NodeHome home, boolean await, OptionalLong pid) implements Invocation {
    }

    /** A command in a running node. */
    record Exec(NodeHome home, String command) implements Invocation {
    }

    /** A shell in a running node. */
    record Shell(NodeHome home) implements Invocation {
    }

    /**
     * The end of a log.
     *
     * @param home of the node, which need not run
     * @param name the log's
     * @param follow whether to go on with what comes
     * @param lines how many of what was logged before
     */
    record Logs(NodeHome home, String name, boolean follow, int lines) implements Invocation {
    }

    /** A node in a throw-away home, with something to see. */
    record Demo() implements Invocation {
    }

    /** A service of a node, in a process of its own that the node starts. */
    record Service() implements Invocation {
    }

    /** How to use all this. */
    record Help() implements Invocation {
    }

    /** Which version this is. */
    record Version() implements Invocation {
    }
}
