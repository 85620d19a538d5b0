package lattice.rpc.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.kernel.node.Node;
import lattice.rpc.IssuedToken;
import lattice.rpc.ServiceTokens;
import lattice.rpc.TokenGrant;
import lattice.rpc.TokenInfo;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Option;
import lattice.shell.Syntax.Parameter;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:token}: makes, lists and takes back the tokens of processes. */
@Component(property = Command.NAME + "=token")
public final class TokenCommand implements Command {
    private static final Pattern TTL = Pattern.compile("([1-9][0-9]{0,8})([smhd])");

    private final ServiceTokens tokens;
    private final Node node;

    @Activate
    public TokenCommand(@Reference ServiceTokens tokens, @Reference Node node) {
        this.tokens = tokens;
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("token", "Make, list or revoke the tokens by which processes prove which service they are.",
                List.of(new Parameter("action", "create, list or revoke", Arity.REQUIRED),
                        new Parameter("subject", "the service to create a token for, or the id of the token to revoke",
                                Arity.OPTIONAL)),
                List.of(Option.many("--read", "prefix", "may also read under this prefix"),
                        Option.many("--write", "prefix", "may also write under this prefix"),
                        Option.of("--store", "name", "the store that it opens; root if not given"),
                        Option.of("--ttl", "time", "how long it is good, such as 90s, 30m, 12h or 30d; forever if not given")),
                true,
                List.of("lattice:token create org.example.bridge --read /notes --write /inbox --ttl 30d", "lattice:token list",
                        "lattice:token revoke 1f0c3ab2"));
    }

    @Override
    public void run(Arguments arguments, Output output) throws CommandException {
        String action = arguments.required("action");
        try {
            switch (action) {
                case "create" -> create(arguments, output);
                case "list" -> list(output);
                case "revoke" -> revoke(subject(arguments, "the id of a token; lattice:token list shows them"), output);
                default -> throw new CommandException("'" + action + "' is nothing to do with tokens: create, list or revoke.");
            }
        } catch (IllegalArgumentException | StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        if (place.equals("action")) {
            return List.of("create", "list", "revoke");
        }
        boolean revoking = place.equals("subject") && arguments.optional("action").filter("revoke"::equals).isPresent();
        return revoking ? tokens.list().stream().map(TokenInfo::id).toList() : List.of();
    }

    private void create(Arguments arguments, Output output) throws CommandException {
        ServiceId service = new ServiceId(subject(arguments, "a service"));
        Optional<String> ttl = arguments.option("--ttl");
        IssuedToken token = tokens.issue(new TokenGrant(service, arguments.option("--store").orElse("root"),
                new Acl(prefixes(arguments.options("--read")), prefixes(arguments.options("--write"))),
                ttl.isPresent() ? Optional.of(duration(ttl.get())) : Optional.empty(), true));
        TokenInfo info = token.info();
        output.details(Details.of("token", token.secret(), "id", info.id(), "service", service.name(), "store", info.store(),
                "read", paths(info.acl().read()), "write", paths(info.acl().write()),
                "expires", info.expires().orElse(null)));
        output.line("This is the only time that the token is shown. Keep it where only " + service + " can read it.");
    }

    private void list(Output output) {
        List<List<Object>> rows = new ArrayList<>();
        for (TokenInfo info : tokens.list()) {
            List<Object> row = new ArrayList<>(List.of(info.id(), info.service().name(), store(info.store()),
                    paths(info.acl().read()), paths(info.acl().write()), info.created()));
            row.add(info.kept() ? info.expires().orElse(null) : "with its process");
            rows.add(row);
        }
        output.table(new Table(List.of("id", "service", "store", "read", "write", "created", "expires"), rows,
                "There are no tokens. Make one with lattice:token create SERVICE."));
    }

    private void revoke(String id, Output output) throws CommandException {
        if (!tokens.revoke(id)) {
            throw new CommandException("There is no token " + id + "; lattice:token list shows those there are.");
        }
        output.line("Token " + id + " is no longer good.");
    }

    private static String subject(Arguments arguments, String what) throws CommandException {
        return arguments.optional("subject").orElseThrow(() -> new CommandException("Name " + what + "."));
    }

    private static Set<Prefix> prefixes(List<String> paths) {
        return paths.stream().map(Prefix::new).collect(Collectors.toSet());
    }

    /** As descriptors write them: with {@code {node}} for this node, whose id fills half a screen. */
    private List<String> paths(Set<Prefix> prefixes) {
        return prefixes.stream().map(prefix -> prefix.path().replace(node.id().hex(), "{node}")).sorted().toList();
    }

    /** A store's id would, too; its first digits say enough. */
    private static String store(String name) {
        return name.matches("[0-9a-f]{64}") ? new StoreId(name).shortId() : name;
    }

    private static Duration duration(String text) throws CommandException {
        Matcher form = TTL.matcher(text);
        if (!form.matches()) {
            throw new CommandException("'" + text + "' is no time: write a number and s, m, h or d, such as 12h.");
        }
        long count = Long.parseLong(form.group(1));
        return switch (form.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }
}
