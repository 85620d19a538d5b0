package lattice.mesh.internal.command;

import java.util.List;
import lattice.kernel.membership.Role;
import lattice.shell.CommandException;

/** How commands name a role. */
final class RoleArgument {
    static final List<String> CANDIDATES = List.of("member", "admin");

    private RoleArgument() {
    }

    static Role role(String named) throws CommandException {
        return switch (named) {
            case "member" -> Role.MEMBER;
            case "admin" -> Role.ADMIN;
            default -> throw new CommandException("A role is member or admin.");
        };
    }
}
