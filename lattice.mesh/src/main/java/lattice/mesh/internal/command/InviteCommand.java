package lattice.mesh.internal.command;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Role;
import lattice.mesh.internal.join.Addresses;
import lattice.mesh.internal.join.Token;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Option;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:invite}: a token by which one other node can join. */
@Component(property = Command.NAME + "=invite")
public final class InviteCommand implements Command {
    private static final Pattern LIFE = Pattern.compile("([1-9][0-9]{0,4})([smhd])");
    private static final Duration LONGEST = Duration.ofDays(30);

    private final MeshService meshes;
    private final MeshArgument argument;

    @Activate
    public InviteCommand(@Reference MeshService meshes, @Reference MeshArgument argument) {
        this.meshes = meshes;
        this.argument = argument;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("invite", "Print an invitation by which one other node can join the mesh.", List.of(),
                List.of(Option.of("--role", "role", "what it becomes: member (if nothing is said) or admin"),
                        Option.of("--ttl", "time", "how long the invitation is good, such as 90s, 30m or 7d; 24h if nothing is said"),
                        Option.many("--address", "host:port",
                                "where this node is reached; if nothing is said, at its own addresses"),
                        MeshArgument.OPTION),
                true, List.of("lattice:invite", "lattice:invite --role admin --ttl 1h"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "--role" -> RoleArgument.CANDIDATES;
            case "--mesh" -> argument.candidates();
            default -> List.of();
        };
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Membership mesh = argument.mesh(arguments);
        if (!mesh.mayInvite()) {
            throw new CommandException("This node is no administrator of mesh " + mesh.mesh().shortId()
                    + ": invite from one that is.");
        }
        Role role = RoleArgument.role(arguments.option("--role").orElse("member"));
        Duration life = life(arguments.option("--ttl").orElse("24h"));
        List<String> addresses = arguments.options("--address");
        for (String address : addresses) {
            if (!Addresses.isAddress(address)) {
                throw new CommandException("'" + address + "' is not of the form host:port.");
            }
        }
        Token token;
        try {
            token = meshes.invite(mesh.mesh(), role, life, addresses);
        } catch (IOException e) {
            throw new CommandException(e.getMessage(), e);
        }
        output.details(Details.of("invitation", token.text(), "mesh", mesh.mesh().shortId(), "role",
                role.name().toLowerCase(Locale.ROOT), "good for", arguments.option("--ttl").orElse("24h"),
                "reached at", token.addresses()));
        output.line("On the other node: lattice:join TOKEN. It is good once; whoever has it can join, so send it privately.");
    }

    private static Duration life(String text) throws CommandException {
        Matcher form = LIFE.matcher(text);
        if (!form.matches()) {
            throw new CommandException("'" + text + "' is no time such as 90s, 30m, 24h or 7d.");
        }
        long count = Long.parseLong(form.group(1));
        Duration life = switch (form.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
        if (life.compareTo(LONGEST) > 0) {
            throw new CommandException("An invitation is good for 30 days at most.");
        }
        return life;
    }
}
