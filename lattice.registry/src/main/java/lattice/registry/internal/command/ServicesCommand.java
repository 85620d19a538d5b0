package lattice.registry.internal.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.consent.ConsentFirewall;
import lattice.consent.Proposal;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Registry;
import lattice.registry.internal.reconcile.ServiceView;
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

/** {@code lattice:services}: what is declared here, and what could be. */
@Component(property = Command.NAME + "=services")
public final class ServicesCommand implements Command {
    private final Registry registry;
    private final ConsentFirewall firewall;

    @Activate
    public ServicesCommand(@Reference Registry registry, @Reference ConsentFirewall firewall) {
        this.registry = registry;
        this.firewall = firewall;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("services", "List the services that are declared, and those that a bundle here offers.",
                List.of(), List.of(), true, List.of("lattice:services", "lattice:services --json"));
    }

    @Override
    public void run(Arguments arguments, Output output) throws InterruptedException {
        SortedMap<InstanceKey, ServiceView> view = registry.freshView();
        List<List<Object>> rows = new ArrayList<>();
        view.forEach((key, each) -> rows.add(Arrays.asList(key.service().name(),
                each.assessment().proposal().declaration().map(Proposal.Declared::policy).orElse(null),
                Words.state(each.state()), Words.consent(firewall.entry(key.mesh(), key.service())), provider(each),
                each.reason())));
        StoreId mesh = registry.node().rootStore().id();
        for (ServiceId service : registry.offered().keySet()) {
            if (!view.containsKey(new InstanceKey(mesh, service))) {
                rows.add(Arrays.asList(service.name(), null, new Styled("NotDeclared", Tone.QUIET),
                        Words.consent(firewall.entry(mesh, service)),
                        registry.offered().getOrDefault(service, List.of()).stream().findFirst()
                                .map(provider -> provider.identity().toString()).orElse(null),
                        "To declare it: lattice:declare " + service));
            }
        }
        output.table(new Table(List.of("service", "policy", "state", "consent", "provider", "reason"), rows,
                "No service is declared and no bundle here offers one. Deploy one with lattice:deploy, or declare one "
                + "with "
                        + "lattice:declare."));
    }

    private static String provider(ServiceView view) {
        Optional<Proposal.Offer> offer = view.assessment().proposal().offer();
        return offer.map(each -> each.provider().toString()).orElse(null);
    }
}
