package lattice.mesh.internal.command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import lattice.api.id.NodeId;
import lattice.api.store.StoreException;
import lattice.kernel.membership.DeclaredStore;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
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

/** {@code lattice:stores}: the child stores of a mesh, and who holds them. */
@Component(property = Command.NAME + "=stores")
public final class StoresCommand implements Command {
    private static final List<String> ACTIONS = List.of("declare", "add", "remove", "undeclare");
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final MeshArgument argument;

    @Activate
    public StoresCommand(@Reference MeshArgument argument) {
        this.argument = argument;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("stores", "Show or declare the child stores of the mesh, and which nodes hold them.",
                List.of(new Parameter("action", "declare, add, remove or undeclare; without it, the stores are shown",
                                Arity.OPTIONAL),
                        new Parameter("store", "its name", Arity.OPTIONAL),
                        new Parameter("node", "nodes that are to hold it, all members if none is named; "
                                + "or nodes to add to these or to remove", Arity.ANY)),
                List.of(MeshArgument.OPTION), true, List.of("lattice:stores", "lattice:stores declare notes",
                        "lattice:stores declare diary attic cellar", "lattice:stores add diary 47f1b823",
                        "lattice:stores undeclare notes"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "action" -> ACTIONS;
            case "store" -> argument.all().stream().flatMap(mesh -> mesh.stores().list().stream()).map(DeclaredStore::name)
                    .distinct().toList();
            case "node" -> argument.all().stream().flatMap(mesh -> mesh.members().stream()).filter(Member::present)
                    .map(member -> member.node().shortId()).distinct().toList();
            case "--mesh" -> argument.candidates();
            default -> List.of();
        };
    }

    @Override
    public void run(Arguments arguments, Output output) throws CommandException, InterruptedException {
        Optional<String> action = arguments.optional("action");
        Optional<String> store = arguments.optional("store");
        try {
            Membership mesh = argument.mesh(arguments);
            if (action.isPresent()) {
                change(mesh, action.get(), store.orElseThrow(() -> new CommandException("Name the store to " + action.get()
                        + ", such as lattice:stores " + action.get() + " notes")), arguments.all("node"));
                awaitOpened(mesh);
            }
            show(mesh, output);
        } catch (StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    /** Waits a little until what is to be held here is open, so that the next command finds it. */
    private static void awaitOpened(Membership mesh) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end && mesh.stores().list().stream()
                .anyMatch(store -> store.held() == store.openAs().isEmpty() && store.problem().isEmpty())) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static void change(Membership mesh, String action, String name, List<String> named) throws CommandException {
        Set<NodeId> nodes = new LinkedHashSet<>();
        for (String node : named) {
            nodes.add(MemberArgument.member(mesh, node).node());
        }
        switch (action) {
            case "declare" -> mesh.stores().declare(name, nodes);
            case "add" -> {
                nodes.addAll(listed(mesh, name, action, named));
                mesh.stores().declare(name, nodes);
            }
            case "remove" -> {
                Set<NodeId> left = new LinkedHashSet<>(listed(mesh, name, action, named));
                left.removeAll(nodes);
                if (left.isEmpty()) {
                    throw new CommandException("Nobody would hold store " + name + ": lattice:stores undeclare " + name
                            + " takes it back.");
                }
                mesh.stores().declare(name, left);
            }
            case "undeclare" -> {
                if (!named.isEmpty()) {
                    throw new CommandException("lattice:stores remove " + name
                            + " takes nodes away; undeclare takes the store back from all, and names none.");
                }
                if (!mesh.stores().undeclare(name)) {
                    throw unknown(name);
                }
            }
            default -> throw new CommandException("'" + action + "' is none of declare, add, remove, undeclare.");
        }
    }

    /** Who holds a store of which that is said. */
    private static Set<NodeId> listed(Membership mesh, String name, String action, List<String> named) throws CommandException {
        if (named.isEmpty()) {
            throw new CommandException("Name the nodes to " + action + ", such as lattice:stores " + action + " " + name
                    + " attic");
        }
        DeclaredStore store = mesh.stores().list().stream().filter(one -> one.name().equals(name)).findFirst()
                .orElseThrow(() -> unknown(name));
        if (store.nodes().isEmpty()) {
            throw new CommandException("All members hold store " + name + ": lattice:stores declare " + name
                    + " NODE... says which do.");
        }
        return store.nodes();
    }

    private static CommandException unknown(String name) {
        return new CommandException("No child store of this mesh is called " + name + ": see lattice:stores.");
    }

    private static void show(Membership mesh, Output output) {
        List<List<Object>> rows = new ArrayList<>();
        for (DeclaredStore store : mesh.stores().list()) {
            Object here = store.problem().map(problem -> new Styled(problem, Tone.BAD))
                    .orElse(store.openAs().map(name -> new Styled(name, Tone.GOOD))
                            .orElse(store.held() ? new Styled("not open yet", Tone.WARNING)
                                    : new Styled("not held here", Tone.QUIET)));
            rows.add(List.of(store.name(), store.nodes().isEmpty() ? List.of("all members")
                    : store.nodes().stream().sorted().map(node -> called(mesh, node)).toList(), here));
        }
        output.table(new Table(List.of("store", "held by", "here"), rows,
                "No child stores are declared to mesh " + mesh.mesh().shortId() + "; lattice:stores declare NAME declares one."));
    }

    private static String called(Membership mesh, NodeId node) {
        String name = mesh.member(node).map(Member::name).orElse("");
        return node.shortId() + (name.isEmpty() ? "" : " " + name);
    }
}
