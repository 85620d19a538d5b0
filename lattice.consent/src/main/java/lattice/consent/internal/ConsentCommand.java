package lattice.consent.internal;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ServiceStatus;
import lattice.consent.ConsentDesk;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentFirewall;
import lattice.consent.ConsentValue;
import lattice.consent.Decision;
import lattice.consent.DecisionLedger;
import lattice.consent.Proposal;
import lattice.consent.Proposal.Offer;
import lattice.consent.Proposals;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Styled.Tone;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Parameter;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:consent}: shows what asks to run here, and takes the owner's word. */
@Component(property = Command.NAME + "=consent")
public final class ConsentCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(45);
    private static final int DECISIONS_SHOWN = 10;
    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

    private final ConsentFirewall firewall;
    private final ConsentDesk desk;
    private final DecisionLedger ledger;
    private final Proposals proposals;
    private final MeshArgument meshes;
    private final Node node;

    @Activate
    public ConsentCommand(@Reference ConsentFirewall firewall, @Reference ConsentDesk desk,
            @Reference DecisionLedger ledger, @Reference Proposals proposals, @Reference MeshArgument meshes,
            @Reference Node node) {
        this.firewall = firewall;
        this.desk = desk;
        this.ledger = ledger;
        this.proposals = proposals;
        this.meshes = meshes;
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("consent", "Show what asks to run on this node, and say whether it may.",
                List.of(new Parameter("service", "the service; without it, all that ask", Arity.OPTIONAL),
                        new Parameter("value",
                        "AlwaysAllow (whenever it is declared), FollowMesh (when it is declared and "
                                + "meant for this node), Block (never), Manual (not decided: no)", Arity.OPTIONAL)),
                List.of(MeshArgument.OPTION), true,
                List.of("lattice:consent", "lattice:consent lattice.irc-gateway",
                        "lattice:consent lattice.irc-gateway FollowMesh", "lattice:consent lattice.irc-gateway Block"));
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Optional<String> service = arguments.optional("service");
        Optional<String> value = arguments.optional("value");
        if (service.isEmpty()) {
            list(arguments.option(MeshArgument.OPTION.name()).isPresent() ? List.of(mesh(arguments, Optional.empty()))
                    : meshes.all().stream().map(Membership::mesh).toList(), output);
            return;
        }
        ServiceId id = service(service.get());
        Proposal proposal = proposals.proposal(mesh(arguments, Optional.of(id)), id);
        if (value.isEmpty()) {
            show(proposal, output);
        } else {
            decide(proposal, value(value.get()), output);
        }
    }

    /** An id in full may be of a mesh that this node has not joined yet. */
    private StoreId mesh(Arguments arguments, Optional<ServiceId> service) throws CommandException {
        Optional<String> named = arguments.option(MeshArgument.OPTION.name());
        if (named.isPresent() && ID.matcher(named.get()).matches()) {
            return new StoreId(named.get());
        }
        return meshes.mesh(arguments, mesh -> service.isPresent()
                && proposals.proposal(mesh.mesh(), service.get()).declaration().isPresent()).mesh();
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "service" -> meshes.all().stream().flatMap(mesh -> proposals.proposals(mesh.mesh()).stream())
                    .map(proposal -> proposal.service().name()).distinct().sorted().toList();
            case "value" -> Arrays.stream(ConsentValue.values()).map(ConsentValue::word).toList();
            case "--mesh" -> meshes.candidates();
            default -> List.of();
        };
    }

    private void list(List<StoreId> shown, Output output) {
        List<List<Object>> rows = new ArrayList<>();
        shown.forEach(mesh -> addRows(mesh, rows));
        output.table(new Table(List.of("service", "mesh", "consent", "policy", "provider", "follows"), rows,
                "Nothing is declared and no provider is here, so nothing asks for consent. Deploy a bundle that "
                        + "provides a service (lattice:deploy), or declare one (lattice:declare)."));
        firewall.problems().forEach(output::line);
    }

    private void addRows(StoreId mesh, List<List<Object>> rows) {
        Set<ServiceId> listed = new HashSet<>();
        for (Proposal proposal : proposals.proposals(mesh)) {
            listed.add(proposal.service());
            rows.add(Arrays.asList(proposal.service().name(), mesh.shortId(), word(mesh, proposal.service()),
                    proposal.declaration().map(Proposal.Declared::policy).orElse(null),
                    proposal.offer().map(offer -> offer.provider().toString()).orElse(null),
                    firewall.judge(proposal).reason()));
        }
        firewall.consents().stream()
                .filter(consent -> consent.mesh().equals(mesh) && !listed.contains(consent.service()))
                .forEach(consent -> rows.add(Arrays.asList(consent.service().name(), mesh.shortId(),
                        word(mesh, consent.service()), null, null, "Nothing is declared, and no provider is here.")));
    }

    private String who(StoreId mesh, NodeId author) {
        Optional<Member> member = meshes.all().stream().filter(each -> each.mesh().equals(mesh)).findFirst()
                .flatMap(each -> each.member(author));
        return Member.describe(author, member, author.equals(node.id()));
    }

    private void show(Proposal proposal, Output output) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("service", proposal.service().name());
        fields.put("mesh", proposal.mesh().hex());
        fields.put("consent", word(proposal.mesh(), proposal.service()));
        fields.put("follows", firewall.judge(proposal).reason());
        proposal.offer().ifPresentOrElse(offer -> describe(offer, fields),
                () -> fields.put("provider", "none is here"));
        proposal.declaration().ifPresentOrElse(declared -> {
            fields.put("policy", declared.policy() + (declared.meantForThisNode() ? ", which means this node"
                    : ", which does not mean this node"));
            fields.put("declaredBy", declared.local() ? "the owner of this node"
                    : who(proposal.mesh(), declared.author()));
            declared.problem().ifPresent(problem -> fields.put("problem", problem));
        }, () -> fields.put("policy", "not declared"));
        firewall.consents().stream()
                .filter(consent -> consent.mesh().equals(proposal.mesh()) && consent.service()
                .equals(proposal.service())).findFirst().ifPresent(consent -> {
                    consent.provider().ifPresent(pin -> fields.put("consentedProvider", pin.toString()));
                    fields.put("consentedAccess", consent.access().toString());
                    fields.put("consentedSensitive", lines(consent.sensitive()));
                });
        fields.put("decisions", ledger.decisions(proposal.mesh(), proposal.service()).stream().limit(DECISIONS_SHOWN)
                .map(ConsentCommand::inWords).toList());
        output.details(new Details(fields));
        if (firewall.entry(proposal.mesh(), proposal.service()).value() == ConsentValue.MANUAL
                && proposal.offer().isPresent()) {
            output.line("To let it run: lattice:consent " + proposal.service() + " FollowMesh");
        }
    }

    private static void describe(Offer offer, Map<String, Object> fields) {
        fields.put("title", offer.title() + " " + offer.version());
        fields.put("publisher", offer.publisher() + " (as it says itself; not verified)");
        fields.put("provider", offer.provider().toString());
        fields.put("location", offer.provider().location());
        fields.put("signedBy", offer.provider().signers().isEmpty() ? "nobody"
                : offer.provider().signers().stream().sorted().toList());
        fields.put("access", offer.access().toString());
        fields.put("sensitive", lines(offer.sensitive()));
        fields.put("suggestedPolicy", offer.policy());
    }

    private void decide(Proposal shown, ConsentValue value, Output output) throws Exception {
        try {
            desk.decide(value, shown, System.getProperty("user.name", "the owner"));
        } catch (IllegalArgumentException | IOException e) {
            throw new CommandException(e.getMessage(), e);
        }
        Optional<ServiceStatus> now = proposals.settle(shown.mesh(), shown.service(), PATIENCE);
        Details fields = Details.of("service", shown.service().name(), "mesh", shown.mesh().hex(), "consent",
                value.word(),
                "state", now.map(status -> status.state().word()).orElse("NotDeclared"),
                "reason", now.map(ServiceStatus::reason).orElse("It is not declared."));
        output.event(shown.service() + ": " + value.word() + pinned(shown, value) + ". " + outcome(shown, now), fields);
    }

    private static String pinned(Proposal shown, ConsentValue value) {
        if (value == ConsentValue.BLOCK || value == ConsentValue.MANUAL || shown.offer().isEmpty()) {
            return "";
        }
        Offer offer = shown.offer().get();
        return ", to " + offer.provider() + (offer.sensitive().isEmpty() ? ""
                : " with " + String.join(", ", lines(offer.sensitive())));
    }

    private static String outcome(Proposal shown, Optional<ServiceStatus> now) {
        if (now.isEmpty()) {
            return "It is not declared; to declare it: lattice:declare " + shown.service();
        }
        return now.get().state().word() + ": " + now.get().reason();
    }

    private Object word(StoreId mesh, ServiceId service) {
        ConsentEntry entry = firewall.entry(mesh, service);
        if (entry instanceof ConsentEntry.Unreadable) {
            return new Styled("unreadable (Manual)", Tone.BAD);
        }
        return switch (entry.value()) {
            case ALWAYS_ALLOW, FOLLOW_MESH -> new Styled(entry.value().word(), Tone.GOOD);
            case BLOCK -> new Styled(entry.value().word(), Tone.BAD);
            case MANUAL -> new Styled(entry.value().word(), Tone.QUIET);
        };
    }

    private static List<String> lines(Map<String, String> fields) {
        return new TreeMap<>(fields).entrySet().stream().map(field -> field.getKey() + " = "
                + Judge.inWords(field.getValue())).toList();
    }

    private static String inWords(Decision decision) {
        return decision.when().truncatedTo(ChronoUnit.SECONDS) + " " + decision.what() + ", by " + decision.decider()
                + decision.proposer().map(node -> ", proposed by node " + node.shortId()).orElse("") + ": "
                + decision.why();
    }

    private static ServiceId service(String name) throws CommandException {
        try {
            return new ServiceId(name);
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    private static ConsentValue value(String word) throws CommandException {
        return Arrays.stream(ConsentValue.values()).filter(value -> value.word().equalsIgnoreCase(word)).findFirst()
                .orElseThrow(() -> new CommandException("'" + word
                + "' is no consent; say AlwaysAllow, FollowMesh, Block or "
                        + "Manual."));
    }
}
