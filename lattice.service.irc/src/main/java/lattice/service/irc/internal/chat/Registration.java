package lattice.service.irc.internal.chat;

import lattice.service.irc.internal.protocol.Names;

/**
 * A channel that the store knows.
 *
 * @param name as its first user spelled it
 * @param by who that was
 */
public record Registration(String name, Origin by) {
    /** @throws IllegalArgumentException if it is no name of a channel */
    public Registration {
        if (name == null || by == null || !Names.isChannel(name)) {
            throw new IllegalArgumentException("A registration needs the 'name' of a channel and 'by', not '" + name + "'.");
        }
    }
}
