package lattice.registry.internal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import lattice.api.id.ServiceId;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.Registry;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.DeclarationFormat;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.declaration.Declared;
import lattice.registry.internal.declaration.Isolation;
import lattice.registry.internal.declaration.Policy;
import lattice.registry.internal.declaration.RestartRule;
import lattice.registry.internal.declaration.Tags;
import lattice.registry.internal.descriptor.Descriptor;
import lattice.registry.internal.overview.Overviews;
import lattice.registry.internal.reconcile.ServiceView;
import lattice.registry.internal.schema.ConfigSchema;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Option;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:declare}: says that a service is to run, and where. */
@Component(property = Command.NAME + "=declare")
public final class DeclareCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private final Registry registry;
    private final Overviews overviews;
    private final MeshArgument meshes;

    @Activate
    public DeclareCommand(@Reference Registry registry, @Reference Overviews overviews,
            @Reference MeshArgument meshes) {
        this.registry = registry;
        this.overviews = overviews;
        this.meshes = meshes;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("declare",
                "Declare a service to the mesh, or change its declaration; each node still consents or does not.",
                List.of(new Parameter("service", "the service", Arity.REQUIRED)),
                List.of(Option.of("--policy", "policy",
                "global, tagged:TAG,... or local; at first, what its publisher suggests"),
                        Option.many("--set", "key=value", "set a field of the config; a.b is a field in a field"),
                        Option.many("--unset", "key", "take a field out of the config"),
                        Option.of("--config", "json", "the whole config as JSON, in single quotes"),
                        Option.of("--file", "file", "the whole config from a file with JSON"),
                        Option.many("--requires", "service", "a service that must run for this one to run"),
                        Option.many("--after", "service", "a service that is started before this one"),
                        Option.of("--restart", "rule", "always, on-failure or no"),
                        Option.of("--isolation", "isolation", "node, or process for one of its own"),
                        Option.flag("--local", "declare it for this node alone, instead of what the mesh declares"),
                        Option.flag("--plan", "only show which nodes would do what, as far as they have published it"),
                        MeshArgument.OPTION),
                true,
                List.of("lattice:declare lattice.irc-gateway --set port=6667",
                        "lattice:declare lattice.irc-gateway --policy tagged:gateway --plan",
                        "lattice:declare lattice.irc-gateway --policy tagged:gateway",
                        "lattice:declare lattice.health --config '{\"httpPort\":0}'"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "service", "--requires", "--after" -> {
                TreeSet<String> names = new TreeSet<>();
                registry.offered().keySet().forEach(service -> names.add(service.name()));
                registry.view().keySet().forEach(key -> names.add(key.service().name()));
                yield List.copyOf(names);
            }
            case "--mesh" -> meshes.candidates();
            case "--policy" -> List.of("global", "local", "tagged:");
            case "--restart" -> Arrays.stream(RestartRule.values()).map(RestartRule::word).toList();
            case "--isolation" -> Arrays.stream(Isolation.values()).map(Isolation::word).toList();
            case "--set" -> fields(arguments).stream().map(field -> field + "=").toList();
            case "--unset" -> fields(arguments);
            default -> List.of();
        };
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Meant meant = Meant.by(arguments, meshes, registry);
        InstanceKey key = meant.key();
        ServiceId service = key.service();
        Store mesh = registry.rootStore(meant.mesh());
        Optional<Descriptor> descriptor = registry.descriptor(service);
        Optional<Policy> policy = policy(arguments);
        boolean local = arguments.flag("--local") || policy.filter(Policy.LocalOnly.class::isInstance).isPresent();

        Optional<Declaration> before = before(key, local);
        Declaration declaration = new Declaration(
                policy.or(() -> before.map(Declaration::policy)).orElseGet(() -> local ? new Policy.LocalOnly()
                        : descriptor.map(Descriptor::policy).filter(each -> !(each instanceof Policy.LocalOnly))
                                .orElse(new Policy.Global())),
                config(arguments, before, descriptor.map(Descriptor::schema)),
                services(arguments, "--requires", before.map(Declaration::requires)),
                services(arguments, "--after", before.map(Declaration::after)),
                restart(arguments).or(() -> before.map(Declaration::restart)).orElse(RestartRule.ON_FAILURE),
                isolation(arguments).or(() -> before.map(Declaration::isolation)).orElse(Isolation.NODE));
        check(key, declaration, descriptor);
        if (arguments.flag("--plan")) {
            new Plan(registry, overviews.of(meant.mesh()), meant).show(declaration, local, output);
            return;
        }
        if (!local && !meant.mesh().mayInvite()) {
            throw new CommandException("This node is no administrator of mesh " + key.mesh().shortId() + ", so it can't "
                    + "declare there. To declare it in the node's own mesh: --mesh " + meshes.all().get(0).mesh().shortId()
                    + "; for this node alone: --local");
        }
        write(key, declaration, local, mesh);

        registry.settle(mesh.id(), service, PATIENCE);
        ServiceView view = registry.view().get(key);
        if (view == null) {
            throw new CommandException("The declaration was written and is gone again; look at lattice:history "
                    + Declarations.place(service));
        }
        output.event(service + " is declared" + (local ? " for this node alone" : "") + Words.in(meant.mesh(), meshes)
                + ": " + declaration.policy()
                .inWords() + ". " + view.state().word() + ": " + view.reason() + hint(view),
                Details.of("service", service.name(), "mesh", key.mesh().hex(), "policy", declaration.policy().inWords(), "local", local,
                        "config", Json.canonical(declaration.config()), "state", view.state().word(), "reason",
                        view.reason(),
                        "nextStep", NextStep.of(view)));
    }

    private static String hint(ServiceView view) {
        return switch (view.state()) {
            case RUNNING, STOPPED -> view.reason().contains("waits for consent") ? " " + NextStep.of(view) : "";
            default -> " " + NextStep.of(view);
        };
    }

    private Optional<Declaration> before(InstanceKey key, boolean local) throws InterruptedException {
        return Optional.ofNullable(registry.freshView().get(key)).flatMap(view -> view.assessment().declared())
                .filter(declared -> declared.local() == local).flatMap(Declared::declaration);
    }

    private static ObjectNode config(Arguments arguments, Optional<Declaration> before, Optional<ConfigSchema> schema)
            throws CommandException {
        Optional<String> literal = arguments.option("--config");
        Optional<Path> file = arguments.file("--file");
        if (literal.isPresent() && file.isPresent()) {
            throw new CommandException("Give the config by --config or by --file, not by both.");
        }
        ObjectNode config;
        if (literal.isPresent()) {
            config = object("The config", literal.get().getBytes(StandardCharsets.UTF_8));
        } else if (file.isPresent()) {
            config = object("The config in " + file.get(), read(file.get()));
        } else {
            config = before.map(each -> each.config().deepCopy()).orElseGet(Json::newObject);
        }
        ConfigEditor editor = new ConfigEditor(schema);
        for (String field : arguments.options("--unset")) {
            editor.unset(config, field);
        }
        for (String assignment : arguments.options("--set")) {
            editor.set(config, assignment);
        }
        return config;
    }

    private static ObjectNode object(String what, byte[] json) throws CommandException {
        try {
            return Json.object(json);
        } catch (FormatException e) {
            throw new CommandException(what + " " + e.getMessage(), e);
        }
    }

    private static byte[] read(Path file) throws CommandException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Declarations.MAX_BYTES + 1);
            if (bytes.length > Declarations.MAX_BYTES) {
                throw new CommandException(file + " is longer than " + Declarations.MAX_BYTES + " bytes.");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw new CommandException("There is no file " + file + ".", e);
        } catch (IOException e) {
            throw new CommandException("The file " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    private static Optional<Policy> policy(Arguments arguments) throws CommandException {
        Optional<String> text = arguments.option("--policy");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String word = text.get();
        if (word.equalsIgnoreCase("global")) {
            return Optional.of(new Policy.Global());
        }
        if (word.equalsIgnoreCase("local")) {
            return Optional.of(new Policy.LocalOnly());
        }
        if (word.startsWith("tagged:") && word.length() > "tagged:".length()) {
            TreeSet<String> tags = new TreeSet<>(Arrays.asList(word.substring("tagged:".length()).split(",", -1)));
            for (String tag : tags) {
                if (!Tags.isTag(tag)) {
                    throw new CommandException(Tags.rule(tag));
                }
            }
            return Optional.of(new Policy.TaggedNodes(tags));
        }
        throw new CommandException("'" + word + "' is no policy; say global, tagged:TAG,... or local.");
    }

    private static List<ServiceId> services(Arguments arguments, String option, Optional<List<ServiceId>> before)
            throws CommandException {
        List<String> given = arguments.options(option);
        if (given.isEmpty()) {
            return before.orElse(List.of());
        }
        List<ServiceId> services = new ArrayList<>();
        for (String names : given) {
            for (String name : names.isEmpty() ? new String[0] : names.split(",", -1)) {
                services.add(Words.service(name));
            }
        }
        return services;
    }

    private static Optional<RestartRule> restart(Arguments arguments) throws CommandException {
        Optional<String> word = arguments.option("--restart");
        if (word.isPresent() && RestartRule.of(word.get()).isEmpty()) {
            throw new CommandException("'" + word.get() + "' is no rule for restarts; say always, on-failure or no.");
        }
        return word.flatMap(RestartRule::of);
    }

    private static Optional<Isolation> isolation(Arguments arguments) throws CommandException {
        Optional<String> word = arguments.option("--isolation");
        if (word.isPresent() && Isolation.of(word.get()).isEmpty()) {
            throw new CommandException("'" + word.get() + "' is no isolation; say node or process.");
        }
        return word.flatMap(Isolation::of);
    }

    private void check(InstanceKey key, Declaration declaration,
            Optional<Descriptor> descriptor) throws CommandException {
        Optional<String> cycle = registry.cycle(key, declaration);
        if (cycle.isPresent()) {
            throw new CommandException(cycle.get());
        }
        if (descriptor.isPresent()
                && descriptor.get().schema().check(declaration.config()) instanceof ConfigSchema.Wrong wrong) {
            throw new CommandException("Not declared. " + wrong.reason());
        }
        if (declaration.isolation() == Isolation.PROCESS) {
            Optional<String> refusal = registry.refusalOfProcess(key.service());
            if (refusal.isPresent()) {
                throw new CommandException("Not declared. " + key.service() + " can't run in a process of its own: "
                        + refusal.get());
            }
        }
    }

    private void write(InstanceKey key, Declaration declaration, boolean local, Store mesh) throws CommandException {
        byte[] json = Json.bytes(DeclarationFormat.write(declaration));
        if (json.length > Declarations.MAX_BYTES) {
            throw new CommandException("The declaration would have " + json.length + " bytes; the most is "
                    + Declarations.MAX_BYTES + ".");
        }
        try {
            // What is written must be what every node can read.
            DeclarationFormat.read(json);
            if (local) {
                registry.ownersWord().declare(key, json);
            } else {
                mesh.put(Declarations.place(key.service()), json);
            }
        } catch (FormatException e) {
            throw new CommandException("The declaration " + e.getMessage(), e);
        } catch (StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    private List<String> fields(Arguments arguments) {
        List<String> names = new ArrayList<>();
        try {
            registry.descriptor(new ServiceId(arguments.required("service"))).ifPresent(
                    each -> each.schema().json().path("properties").fieldNames().forEachRemaining(names::add));
        } catch (IllegalArgumentException e) {
            return List.of(); // no service was typed yet that could have fields
        }
        return names;
    }
}
