package lattice.service.irc.internal.command;

import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.session.Session;

/**
 * What a client can ask for.
 *
 * @param name in upper case
 * @param params how many parameters it needs at least
 * @param early whether a client may use it before it is registered
 * @param action what is done
 */
record Command(String name, int params, boolean early, Action action) {
    /** A command for registered clients. */
    static Command of(String name, int params, Action action) {
        return new Command(name, params, false, action);
    }

    /** A command for all clients. */
    static Command early(String name, int params, Action action) {
        return new Command(name, params, true, action);
    }

    /** Does what a client asks for. */
    @FunctionalInterface
    interface Action {
        void run(Session client, Message message);
    }
}
