package lattice.deploy.internal;

import java.util.Optional;

/**
 * How a file in the directory is.
 *
 * @param file its name
 * @param bundle the symbolic name of the bundle in it, if that is known
 * @param version the version of that bundle
 * @param state what became of it
 * @param problem what is wrong and what to do, if anything is
 */
record Deployed(String file, Optional<String> bundle, Optional<String> version, State state, Optional<String> problem) {
    /** What became of a file. */
    enum State {
        /** It is still being written, or was seen just now. */
        ARRIVING,
        /** Its activator is at work. */
        STARTING,
        /** Its bundle runs; if there is a problem too, it is about a newer content of the file. */
        RUNNING,
        /** Its bundle is here and could not be started. */
        STOPPED,
        /** It may not come into this node. */
        REFUSED,
        /** It can't be read as a bundle. */
        BROKEN,
        /** It is gone, and its bundle could not be stopped. */
        LEAVING;

        /** Whether nothing more happens until the file changes. */
        boolean isSettled() {
            return this != ARRIVING && this != STARTING;
        }
    }
}
