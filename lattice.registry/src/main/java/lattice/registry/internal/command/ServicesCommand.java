package lattice.registry.internal.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.consent.ConsentFirewall;
import lattice.consent.Proposal;
import lattice.kernel.membership.Membership;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Registry;
import lattice.registry.internal.declaration.Declared;
import lattice.registry.internal.overview.MeshOverview;
import lattice.registry.internal.overview.NodeStanding;
import lattice.registry.internal.overview.Overviews;
import lattice.registry.internal.overview.Standing;
import lattice.registry.internal.reconcile.ServiceView;
import lattice.registry.internal.status.Published;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Styled.Tone;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Option;
import lattice.shell.Syntax.Parameter;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:services}: what is declared, what this node and the others make of it, and what could be declared. */
@Component(property = Command.NAME + "=services")
public final class ServicesCommand implements Command {
    private static final List<String> COLUMNS = List.of("service", "mesh", "policy", "declared by", "state", "consent",
            "nodes", "reason");
    private static final List<String> NODE_COLUMNS = List.of("service", "mesh", "node", "name", "presence", "state",
            "config", "endpoints", "since", "tags");

    private final Registry registry;
    private final ConsentFirewall firewall;
    private final Overviews overviews;
    private final MeshArgument meshes;

    @Activate
    public ServicesCommand(@Reference Registry registry, @Reference ConsentFirewall firewall,
            @Reference Overviews overviews, @Reference MeshArgument meshes) {
        this.registry = registry;
        this.firewall = firewall;
        this.overviews = overviews;
        this.meshes = meshes;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("services", "List the services that are declared, and those that are offered here.",
                List.of(new Parameter(Meant.SERVICE, "one service: show how it is at each node", Arity.OPTIONAL)),
                List.of(Option.flag("--nodes", "show how each is at each node"), MeshArgument.OPTION), true,
                List.of("lattice:services", "lattice:services lattice.irc-gateway", "lattice:services --nodes --json"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Meant.candidates(place, meshes, registry);
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        SortedMap<InstanceKey, ServiceView> here = registry.freshView();
        List<Membership> shown = arguments.option(MeshArgument.OPTION.name()).isPresent()
                ? List.of(meshes.mesh(arguments)) : meshes.all();
        Optional<String> service = arguments.optional(Meant.SERVICE);
        if (service.isPresent()) {
            nodes(shown, here, Optional.of(Words.service(service.get())), output);
        } else if (arguments.flag("--nodes")) {
            nodes(shown, here, Optional.empty(), output);
        } else {
            services(shown, here, output);
        }
    }

    private void services(List<Membership> shown, SortedMap<InstanceKey, ServiceView> here, Output output)
            throws CommandException {
        List<List<Object>> rows = new ArrayList<>();
        SortedSet<ServiceId> undeclared = new TreeSet<>(registry.offered().keySet());
        for (Membership mesh : shown) {
            MeshOverview overview = overviews.of(mesh);
            for (ServiceView view : of(mesh, here)) {
                ServiceId service = view.key().service();
                undeclared.remove(service);
                rows.add(Arrays.asList(service.name(), mesh.mesh().shortId(),
                        view.assessment().proposal().declaration().map(Proposal.Declared::policy).orElse(null),
                        view.assessment().declared().map(declared -> author(declared, overview)).orElse(null),
                        Words.state(view.state()), Words.consent(firewall.entry(mesh.mesh(), service)),
                        overview.declaration(service).map(entry -> overview.summary(service)).orElse("this node alone"),
                        view.reason()));
            }
        }
        for (ServiceId service : undeclared) {
            rows.add(Arrays.asList(service.name(), null, null, null, new Styled("NotDeclared", Tone.QUIET), null, null,
                    "To declare it: lattice:declare " + service));
        }
        output.table(new Table(COLUMNS, rows, "No service is declared and no bundle here offers one. Deploy one with "
                + "lattice:deploy, or declare one with lattice:declare."));
    }

    private static String author(Declared declared, MeshOverview overview) {
        return declared.local() ? "owner of this node" : overview.who(declared.author());
    }

    private void nodes(List<Membership> shown, SortedMap<InstanceKey, ServiceView> here, Optional<ServiceId> only,
            Output output) throws CommandException {
        List<List<Object>> rows = new ArrayList<>();
        for (Membership mesh : shown) {
            MeshOverview overview = overviews.of(mesh);
            for (ServiceView view : of(mesh, here)) {
                ServiceId service = view.key().service();
                if (only.isEmpty() || only.get().equals(service)) {
                    overview.standings(service).forEach(each -> rows.add(row(service, mesh, each)));
                }
            }
        }
        if (only.isPresent() && rows.isEmpty()) {
            throw new CommandException(Words.notDeclared(only.get(), registry));
        }
        output.table(new Table(NODE_COLUMNS, rows, "No service is declared; lattice:services lists what could be."));
    }

    private static List<ServiceView> of(Membership mesh, SortedMap<InstanceKey, ServiceView> here) {
        return here.values().stream().filter(view -> view.key().mesh().equals(mesh.mesh())).toList();
    }

    private static List<Object> row(ServiceId service, Membership mesh, NodeStanding node) {
        return Arrays.asList(service.name(), mesh.mesh().shortId(), node.member().node().shortId(),
                node.member().name(), Words.presence(node), state(node),
                node.isCurrent().map(current -> current ? new Styled("current", Tone.GOOD)
                        : new Styled("older", Tone.WARNING)).orElse(null),
                node.told().map(Published::endpoints).orElse(List.of()).stream().map(Endpoint::toString).toList(),
                node.told().flatMap(Published::startedAt).orElse(null), List.copyOf(node.tags()));
    }

    private static Styled state(NodeStanding node) {
        return node.told().flatMap(Published::state).map(Words::state)
                .orElseGet(() -> node.standing() == Standing.NOT_MEANT ? Words.state(InstanceState.DECLARED)
                        : new Styled("NoWordYet", Tone.QUIET));
    }
}
