package lattice.registry.internal.command;

import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.consent.ConsentEntry;
import lattice.shell.CommandException;
import lattice.shell.Styled;
import lattice.shell.Styled.Tone;

/** How things are shown to people. */
final class Words {
    private Words() {
    }

    static Styled state(InstanceState state) {
        Tone tone = switch (state) {
            case RUNNING -> Tone.GOOD;
            case AWAITING_CONSENT, WAITING, STARTING, STOPPING, BACKING_OFF -> Tone.WARNING;
            case INVALID, FAILED, REFUSED -> Tone.BAD;
            case DECLARED, STOPPED -> Tone.QUIET;
        };
        return new Styled(state.word(), tone);
    }

    static Styled consent(ConsentEntry entry) {
        if (entry instanceof ConsentEntry.Unreadable) {
            return new Styled("unreadable (Manual)", Tone.BAD);
        }
        return new Styled(entry.value().word(), switch (entry.value()) {
            case ALWAYS_ALLOW, FOLLOW_MESH -> Tone.GOOD;
            case BLOCK -> Tone.BAD;
            case MANUAL -> Tone.QUIET;
        });
    }

    static ServiceId service(String name) throws CommandException {
        try {
            return new ServiceId(name);
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }
}
