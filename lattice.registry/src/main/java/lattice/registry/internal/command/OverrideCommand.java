package lattice.registry.internal.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.api.store.StoreException;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.Registry;
import lattice.registry.internal.declaration.ConfigOverride;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.Declared;
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

/** {@code lattice:override}: the owner's own values for fields of a service's config, at this node alone. */
@Component(property = Command.NAME + "=override")
public final class OverrideCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private final Registry registry;
    private final MeshArgument meshes;

    @Activate
    public OverrideCommand(@Reference Registry registry, @Reference MeshArgument meshes) {
        this.registry = registry;
        this.meshes = meshes;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("override",
                "Set fields of a service's config for this node alone, whatever is declared; or show which are set.",
                List.of(new Parameter(Meant.SERVICE, "the service", Arity.REQUIRED)),
                List.of(Option.many("--set", "key=value", "set a field; a.b is a field in a field, null takes it out"),
                        Option.many("--unset", "key", "let a field follow the declaration again"),
                        Option.flag("--clear", "let all fields follow the declaration again"), MeshArgument.OPTION),
                true, List.of("lattice:override lattice.irc-gateway --set port=0",
                        "lattice:override lattice.irc-gateway --clear"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Meant.candidates(place, meshes, registry);
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Meant meant = Meant.by(arguments, meshes, registry);
        List<String> sets = arguments.options("--set");
        List<String> unsets = arguments.options("--unset");
        if (sets.isEmpty() && unsets.isEmpty() && !arguments.flag("--clear")) {
            output.details(Details.of("service", meant.key().service().name(), "mesh", meant.key().mesh().hex(),
                    "override", Json.canonical(now(meant.key()).patch())));
            return;
        }
        Optional<ServiceView> view = Optional.ofNullable(registry.view().get(meant.key()));
        Optional<ConfigSchema> schema = registry.schema(meant.key().service());
        ConfigOverride override = changed(arguments, meant.key(), schema, sets, unsets);
        check(view, schema, override);
        try {
            registry.ownersWord().override(meant.key(), override);
        } catch (StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
        String state = registry.settle(meant.key().mesh(), meant.key().service(), PATIENCE)
                .map(status -> status.state().word() + ": " + status.reason()).orElse("It is not declared.");
        output.event(meant.key().service() + " at this node: "
                + (override.isEmpty() ? "nothing is overridden any more." : "overridden by "
                        + Json.canonical(override.patch()) + ".") + " " + state,
                Details.of("service", meant.key().service().name(), "mesh", meant.key().mesh().hex(), "override",
                        Json.canonical(override.patch()), "state", state));
    }

    private ConfigOverride now(InstanceKey key) throws CommandException {
        try {
            return registry.ownersWord().override(key);
        } catch (FormatException e) {
            throw new CommandException("The owner's override " + e.getMessage(), e);
        }
    }

    private ConfigOverride changed(Arguments arguments, InstanceKey key, Optional<ConfigSchema> schema,
            List<String> sets, List<String> unsets) throws CommandException {
        ObjectNode patch = arguments.flag("--clear") ? Json.newObject() : now(key).patch().deepCopy();
        ConfigEditor editor = new ConfigEditor(schema);
        for (String field : unsets) {
            editor.unset(patch, field);
        }
        for (String assignment : sets) {
            editor.set(patch, assignment);
        }
        withoutEmpty(patch);
        return new ConfigOverride(patch);
    }

    /** What is left of {@code a.b} when {@code b} is taken out says nothing. */
    private static void withoutEmpty(ObjectNode patch) {
        List<String> names = new ArrayList<>();
        patch.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            if (patch.get(name) instanceof ObjectNode object) {
                withoutEmpty(object);
                if (object.isEmpty()) {
                    patch.remove(name);
                }
            }
        }
    }

    private static void check(Optional<ServiceView> view, Optional<ConfigSchema> schema, ConfigOverride override)
            throws CommandException {
        Optional<ObjectNode> declared = view.flatMap(each -> each.assessment().declared())
                .flatMap(Declared::declaration).map(Declaration::config);
        if (declared.isPresent() && schema.isPresent()
                && schema.get().check(override.over(declared.get())) instanceof ConfigSchema.Wrong wrong) {
            throw new CommandException("Not overridden. " + wrong.reason());
        }
    }
}
