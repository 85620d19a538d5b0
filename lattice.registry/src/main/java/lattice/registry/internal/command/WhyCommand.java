package lattice.registry.internal.command;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentFirewall;
import lattice.consent.Decision;
import lattice.consent.DecisionLedger;
import lattice.consent.Proposal;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json;
import lattice.registry.internal.Registry;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.Declared;
import lattice.registry.internal.isolation.Chosen;
import lattice.registry.internal.overview.MeshOverview;
import lattice.registry.internal.overview.Overviews;
import lattice.registry.internal.reconcile.ServiceView;
import lattice.registry.process.ProcessReports;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code lattice:why}: everything that decides about a service, in one screen. */
@Component(property = Command.NAME + "=why")
public final class WhyCommand implements Command {
    private static final int CONFIG_SHOWN = 400;

    private final Registry registry;
    private final ConsentFirewall firewall;
    private final DecisionLedger ledger;
    private final List<ProcessReports> processes;
    private final Overviews overviews;
    private final MeshArgument meshes;

    @Activate
    public WhyCommand(@Reference Registry registry, @Reference ConsentFirewall firewall,
            @Reference DecisionLedger ledger, @Reference Overviews overviews, @Reference MeshArgument meshes,
            @Reference(cardinality = ReferenceCardinality.MULTIPLE,
                    policyOption = ReferencePolicyOption.GREEDY) List<ProcessReports> processes) {
        this.registry = registry;
        this.firewall = firewall;
        this.ledger = ledger;
        this.overviews = overviews;
        this.meshes = meshes;
        this.processes = processes;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("why", "Say why a service runs here, or does not.",
                List.of(new Parameter(Meant.SERVICE, "the service", Arity.REQUIRED)), List.of(MeshArgument.OPTION), true,
                List.of("lattice:why lattice.irc-gateway", "lattice:why lattice.irc-gateway --mesh 3fa9c1d2"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Meant.candidates(place, meshes, registry);
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Meant meant = Meant.by(arguments, meshes, registry);
        SortedMap<InstanceKey, ServiceView> all = registry.view();
        ServiceView view = all.get(meant.key());
        if (view == null) {
            throw new CommandException(Words.notDeclared(meant.key().service(), registry));
        }
        output.details(new Details(fields(view, all, overviews.of(meant.mesh()))));
    }

    private Map<String, Object> fields(ServiceView view, SortedMap<InstanceKey, ServiceView> all,
            MeshOverview overview) {
        InstanceKey key = view.key();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("service", key.service().name());
        fields.put("mesh", key.mesh().hex());
        fields.put("state", Words.state(view.state()));
        fields.put("reason", view.reason());
        fields.put("since", view.since());
        fields.put("declaration", view.assessment().declared().map(declared -> declaration(declared, overview))
                .orElse("none any more"));
        view.assessment().proposal().declaration().ifPresent(declared -> {
            fields.put("policy", declared.policy());
            fields.put("meantForThisNode", declared.meantForThisNode());
        });
        if (!registry.tags().isEmpty()) {
            fields.put("tagsOfThisNode", List.copyOf(registry.tags()));
        }
        fields.put("consent", consent(key));
        fields.put("provider", provider(view));
        fields.put("config", config(view));
        view.assessment().declared().map(Declared::override).filter(override -> !override.isEmpty())
                .ifPresent(override -> fields.put("override", shortened(Json.canonical(override.patch()))
                        + " (the owner's, for this node alone)"));
        Chosen isolation = registry.isolation(key);
        fields.put("isolation", isolation.isolation().word() + ": " + isolation.why());
        fields.put("dependencies", dependencies(view, all));
        fields.put("endpoints", view.endpoints().stream().map(Endpoint::toString).toList());
        overview.declaration(key.service()).ifPresent(entry -> fields.put("nodes", overview.summary(key.service())));
        fields.put("starts", view.starts());
        fields.put("failures", view.failures());
        fields.put("lastExit", view.lastExit().orElse("never ended since the node came up"));
        processes.forEach(each -> each.report(key.mesh(), key.service()).ifPresent(fields::putAll));
        if (!view.hanging().isEmpty()) {
            fields.put("hangingThreads", view.hanging());
        }
        fields.put("lastDecision", ledger.decisions(key.mesh(), key.service()).stream().findFirst()
                .map(WhyCommand::decision).orElse("none"));
        fields.put("nextStep", NextStep.of(view));
        return fields;
    }

    private static String declaration(Declared declared, MeshOverview overview) {
        String who = declared.local() ? "by the owner of this node, for this node alone"
                + (declared.overrides() ? ", instead of the mesh's" : "") : "by " + overview.who(declared.author());
        return who + ", " + declared.version() + declared.problem().map(problem -> "; " + problem).orElse("");
    }

    private String consent(InstanceKey key) {
        ConsentEntry entry = firewall.entry(key.mesh(), key.service());
        if (entry instanceof ConsentEntry.Unreadable unreadable) {
            return "unreadable, which counts as Manual: " + unreadable.problem();
        }
        if (entry instanceof ConsentEntry.Given given) {
            return given.value() + given.consent().provider().map(pin -> ", to " + pin).orElse("");
        }
        return "Manual (nothing was said)";
    }

    private String provider(ServiceView view) {
        Optional<Proposal.Offer> offer = view.assessment().proposal().offer();
        if (offer.isPresent()) {
            return offer.get().provider() + " from " + offer.get().provider().location();
        }
        int here = registry.offered().getOrDefault(view.key().service(), List.of()).size();
        return here == 0 ? "none is here" : here == 1 ? "one is here that can't be used" : here
                + " are here, in conflict";
    }

    private static String config(ServiceView view) {
        if (view.config().isPresent()) {
            return shortened(Json.canonical(view.config().get().effective())) + " (in force, "
                    + view.config().get().version() + ")";
        }
        return view.assessment().declared().flatMap(Declared::declaration)
                .map(declaration -> shortened(Json.canonical(declaration.config())) + " (declared)").orElse("unknown");
    }

    private static List<String> dependencies(ServiceView view, SortedMap<InstanceKey, ServiceView> all) {
        Optional<Declaration> declaration = view.assessment().declared().flatMap(Declared::declaration);
        List<String> lines = new ArrayList<>();
        declaration.ifPresent(each -> {
            each.requires().forEach(service -> lines.add("requires " + stateOf(service, view, all)));
            each.after().forEach(service -> lines.add("starts after " + stateOf(service, view, all)));
        });
        String dependents = all.values().stream()
                .filter(other -> other.key().mesh().equals(view.key().mesh()) && other.assessment().declared().flatMap(Declared::declaration)
                        .map(each -> each.requires().contains(view.key().service())).orElse(false))
                .map(other -> other.key().service().name()).collect(Collectors.joining(", "));
        if (!dependents.isEmpty()) {
            lines.add("required by " + dependents);
        }
        return lines;
    }

    private static String stateOf(ServiceId service, ServiceView view, SortedMap<InstanceKey, ServiceView> all) {
        ServiceView other = all.get(new InstanceKey(view.key().mesh(), service));
        return service + ", which is " + (other == null ? "not declared" : other.state().word());
    }

    private static String decision(Decision decision) {
        return decision.when().truncatedTo(ChronoUnit.SECONDS) + " " + decision.what() + ", by " + decision.decider()
                + ": " + decision.why();
    }

    private static String shortened(String text) {
        return text.length() <= CONFIG_SHOWN ? text : text.substring(0, CONFIG_SHOWN) + "...";
    }
}
