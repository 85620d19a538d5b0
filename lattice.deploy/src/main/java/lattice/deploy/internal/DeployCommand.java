package lattice.deploy.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import lattice.deploy.internal.BundleJar.UnusableJarException;
import lattice.deploy.internal.Deployed.State;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Syntax;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Shows, adds and takes away hot-deployed bundles. */
@Component(property = Command.NAME + "=deploy")
public final class DeployCommand implements Command {
    private static final String SOURCE = "source";
    private static final String REMOVE = "--remove";
    private static final long PATIENCE_MILLIS = 20_000;
    private static final Syntax SYNTAX = new Syntax("deploy", "Add a bundle to this node, or show what was added.",
            List.of(new Syntax.Parameter(SOURCE, "a jar: its path, or its http or https URL; without it, what was added",
                    Syntax.Arity.OPTIONAL)),
            List.of(Syntax.Option.of(REMOVE, "name", "take away the bundle or file of that name")),
            true,
            List.of("lattice:deploy", "lattice:deploy target/guestbook.jar", "lattice:deploy --remove guestbook.jar"));

    private final HotDeploy hotDeploy;

    @Activate
    public DeployCommand(@Reference HotDeploy hotDeploy) {
        this.hotDeploy = hotDeploy;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Optional<String> source = arguments.optional(SOURCE);
        Optional<String> name = arguments.option(REMOVE);
        if (source.isPresent() && name.isPresent()) {
            throw new CommandException("lattice:deploy takes a source or --remove, not both.");
        }
        if (source.isPresent()) {
            add(source.get(), arguments.file(SOURCE).orElseThrow(), output);
        } else if (name.isPresent()) {
            remove(name.get(), output);
        } else {
            show(output);
        }
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return place.equals(REMOVE) ? hotDeploy.deployed().stream().map(Deployed::file).collect(Collectors.toList())
                : List.of();
    }

    private void show(Output output) {
        output.table(new Table(List.of("file", "bundle", "version", "state", "problem"),
                hotDeploy.deployed().stream().map(DeployCommand::row).collect(Collectors.toList()),
                "Nothing is deployed. Put a bundle into " + hotDeploy.directory() + ", or call lattice:deploy with its path."));
    }

    private static List<Object> row(Deployed deployed) {
        return Arrays.asList(deployed.file(), deployed.bundle().orElse(null), deployed.version().orElse(null),
                new Styled(deployed.state().name().toLowerCase(Locale.ROOT), tone(deployed)),
                deployed.problem().orElse(null));
    }

    private static Styled.Tone tone(Deployed deployed) {
        return switch (deployed.state()) {
            case RUNNING -> deployed.problem().isEmpty() ? Styled.Tone.GOOD : Styled.Tone.WARNING;
            case ARRIVING, STARTING, LEAVING -> Styled.Tone.WARNING;
            case STOPPED, REFUSED, BROKEN -> Styled.Tone.BAD;
        };
    }

    private void add(String source, Path path, Output output) throws Exception {
        String name = Arrival.name(source);
        Path target = hotDeploy.directory().resolve(name);
        // In the same directory, so that it gets its name at once; one with a dot in front is not looked at.
        Path arriving = Files.createTempFile(hotDeploy.directory(), ".arriving", ".part");
        Fingerprint content;
        try {
            Arrival.fetch(source, path, arriving);
            Optional<String> objection = hotDeploy.objection(BundleJar.read(arriving));
            if (objection.isPresent()) {
                throw new CommandException(name + " is refused. " + objection.get());
            }
            content = Fingerprint.of(arriving);
            Files.move(arriving, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (UnusableJarException e) {
            throw new CommandException(name + " is not deployed. " + e.getMessage(), e);
        } catch (IOException e) {
            throw new CommandException(name + " can't be put into " + hotDeploy.directory() + ": " + e.getMessage() + ".", e);
        } finally {
            Files.deleteIfExists(arriving);
        }
        Deployed deployed = hotDeploy.await(name, Optional.of(content), PATIENCE_MILLIS)
                .orElseThrow(() -> new CommandException(name + " was taken away again before it was deployed."));
        if (deployed.state() != State.RUNNING || deployed.problem().isPresent()) {
            throw new CommandException(name + " is " + deployed.state().name().toLowerCase(Locale.ROOT) + ". "
                    + deployed.problem().orElse("Look again with lattice:deploy."));
        }
        output.line(name + " is deployed: " + deployed.bundle().orElse("") + " " + deployed.version().orElse("") + ".");
    }

    private void remove(String name, Output output) throws Exception {
        Deployed deployed = hotDeploy.deployed().stream()
                .filter(known -> known.file().equals(name) || known.bundle().filter(name::equals).isPresent())
                .findFirst()
                .orElseThrow(() -> new CommandException("Nothing deployed has the name '" + name
                        + "'; lattice:deploy shows what has which."));
        Files.deleteIfExists(hotDeploy.directory().resolve(deployed.file()));
        Optional<Deployed> left = hotDeploy.await(deployed.file(), Optional.empty(), PATIENCE_MILLIS);
        if (left.isPresent()) {
            throw new CommandException(deployed.file() + " is not gone yet. " + left.get().problem().orElse(""));
        }
        output.line(deployed.file() + " is gone.");
    }
}
