package lattice.registry.internal.command;

import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.consent.ConsentEntry;
import lattice.kernel.membership.Membership;
import lattice.registry.internal.Registry;
import lattice.registry.internal.overview.NodeStanding;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;
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

    static Styled presence(NodeStanding node) {
        if (node.isSelf()) {
            return new Styled("this node", Tone.GOOD);
        }
        return node.presence().map(presence -> switch (presence) {
            case UP -> new Styled("up", Tone.GOOD);
            case SUSPECTED -> new Styled("silent", Tone.WARNING);
            case GONE -> new Styled("offline", Tone.BAD);
        }).orElse(new Styled("unknown", Tone.QUIET));
    }

    /** Where, if that does not go without saying. */
    static String in(Membership mesh, MeshArgument meshes) {
        return meshes.all().size() == 1 ? "" : " in mesh " + mesh.mesh().shortId();
    }

    /** Why nothing can be said about a service. */
    static String notDeclared(ServiceId service, Registry registry) {
        return registry.offered().containsKey(service)
                ? service + " is not declared; a bundle here offers it. To declare it: lattice:declare " + service
                : service + " is not declared, and no bundle here offers it; lattice:services lists what is there.";
    }

    static ServiceId service(String name) throws CommandException {
        try {
            return new ServiceId(name);
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }
}
