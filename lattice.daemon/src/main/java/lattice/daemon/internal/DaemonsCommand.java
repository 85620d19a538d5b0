package lattice.daemon.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.api.node.NodeStatus;
import lattice.api.node.ServiceStatus;
import lattice.daemon.internal.DescriptorFolder.Described;
import lattice.daemon.internal.process.Sizes;
import lattice.daemon.internal.process.Supervisor.Report;
import lattice.daemon.internal.process.Supervisor.Subject;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Styled.Tone;
import lattice.shell.Syntax;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:daemons}: the descriptors in {@code daemons/}, and the processes of services. */
@Component(property = Command.NAME + "=daemons")
public final class DaemonsCommand implements Command {
    private final Daemons daemons;
    private final NodeStatus node;

    @Activate
    public DaemonsCommand(@Reference Daemons daemons, @Reference NodeStatus node) {
        this.daemons = daemons;
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("daemons", "Show the services that are processes: their descriptors, and how they are.", List.of(),
                List.of(), true, List.of("lattice:daemons"));
    }

    @Override
    public void run(Arguments arguments, Output output) throws IOException {
        List<List<Object>> rows = new ArrayList<>();
        Set<Subject> shown = new HashSet<>();
        daemons.described().forEach((file, described) -> {
            if (described.service().isEmpty()) {
                rows.add(row(file, described, Optional.empty()));
                return;
            }
            List<ServiceStatus> instances = node.services().stream()
                    .filter(each -> each.service().equals(described.service().get())).toList();
            if (instances.isEmpty()) {
                rows.add(row(file, described, Optional.empty()));
            }
            for (ServiceStatus instance : instances) {
                shown.add(new Subject(instance.store(), instance.service()));
                rows.add(row(file, described, Optional.of(instance)));
            }
        });
        for (ServiceStatus instance : node.services()) {
            Subject subject = new Subject(instance.store(), instance.service());
            if (!shown.contains(subject) && daemons.process(subject).flatMap(Report::pid).isPresent()) {
                rows.add(row(null, new Described(Optional.of(instance.service()), Optional.empty()),
                        Optional.of(instance)));
            }
        }
        Set<ServiceId> known = new HashSet<>();
        daemons.described().values().forEach(described -> described.service().ifPresent(known::add));
        node.services().forEach(each -> known.add(each.service()));
        for (ServiceId service : daemons.left()) {
            if (!known.contains(service)) {
                rows.add(row(null, new Described(Optional.of(service), Optional.of("What it left in work/ is there: "
                        + "lattice:clean " + service + " deletes it.")), new Styled("gone", Tone.QUIET), Optional.empty()));
            }
        }
        output.table(new Table(List.of("file", "service", "state", "pid", "cpu", "memory", "processes", "restarts",
                "lastExit", "problem"), rows, "There are no daemons. Put a descriptor, NAME.daemon.json, into "
                + daemons.directory() + "."));
    }

    private List<Object> row(String file, Described described, Optional<ServiceStatus> instance) {
        Object state = described.service().isEmpty() ? new Styled("unusable", Tone.BAD)
                : instance.<Object>map(each -> new Styled(each.state().word(), tone(each.state()))).orElse("offered");
        return row(file, described, state, instance.flatMap(
                each -> daemons.process(new Subject(each.store(), each.service()))));
    }

    private static List<Object> row(String file, Described described, Object state, Optional<Report> report) {
        boolean runs = report.flatMap(Report::pid).isPresent();
        return Arrays.asList(file, described.service().map(Object::toString).orElse(null), state,
                report.flatMap(Report::pid).orElse(null),
                runs ? Daemons.inWords(report.get().gauge().cpu()) : null,
                runs ? Sizes.inWords(report.get().gauge().memory()) : null,
                runs ? report.get().gauge().processes() : null,
                report.map(each -> Math.max(0, each.past().starts() - 1)).orElse(null),
                report.flatMap(each -> each.past().lastExit()).orElse(null), described.problem().orElse(null));
    }

    private static Tone tone(InstanceState state) {
        return switch (state) {
            case RUNNING -> Tone.GOOD;
            case FAILED, INVALID, REFUSED -> Tone.BAD;
            case DECLARED, STOPPED -> Tone.QUIET;
            default -> Tone.WARNING;
        };
    }
}
