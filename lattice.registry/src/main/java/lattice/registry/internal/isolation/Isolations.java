package lattice.registry.internal.isolation;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;
import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.api.service.ServiceProvider;
import lattice.api.store.Acl;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.declaration.Isolation;
import lattice.registry.internal.provider.Provider;
import lattice.registry.internal.provider.Providers;
import lattice.registry.internal.reconcile.Target;
import lattice.registry.process.Confinement;
import lattice.registry.process.ProcessIsolation;
import org.osgi.framework.ServiceReference;

/** Decides where services of bundles run: where the declaration or the owner asks for a process, in one or not at all. */
public final class Isolations {
    private final OwnersIsolation owner;
    private final Supplier<Optional<ProcessIsolation>> processes;

    /** @param processes who can isolate, if somebody here can */
    public Isolations(OwnersIsolation owner, Supplier<Optional<ProcessIsolation>> processes) {
        this.owner = owner;
        this.processes = processes;
    }

    /** What should run, where it should run; or that it waits. */
    public Target apply(InstanceKey key, Target target) {
        if (!(target instanceof Target.Run run) || run.provider().external()) {
            return target;
        }
        OwnersIsolation.Wish wish = owner.get(key);
        Isolation declared = run.config().declaration().isolation();
        if (declared.atLeast(wish.isolation()) == Isolation.NODE) {
            return run;
        }
        boolean byDeclaration = declared == Isolation.PROCESS;
        String wanted = "It is to run in a process of its own, as " + (byDeclaration ? "its declaration" : "the owner of this node")
                + " says, and can't: ";
        Optional<ProcessIsolation> able = processes.get();
        if (able.isEmpty()) {
            return new Target.Rest(InstanceState.WAITING, wanted + "this node has no lattice.daemon.");
        }
        Optional<String> refusal = able.get().refusal(key.service(), run.acl());
        if (refusal.isPresent()) {
            // Nothing to wait for: only another declaration, or another word of the owner, can help.
            return new Target.Rest(InstanceState.INVALID, wanted + refusal.get() + (byDeclaration ? ""
                    : " Take that back with lattice:isolate " + key.service() + " node"));
        }
        Optional<String> obstacle = able.get().obstacle();
        return obstacle.<Target>map(what -> new Target.Rest(InstanceState.WAITING, wanted + what))
                .orElseGet(() -> run.in(wish.confinement()));
    }

    /** Where an instance is to run, and by whose word. */
    public Chosen chosen(InstanceKey key, Optional<Isolation> declared, boolean external) {
        return new Chosen(declared, owner.get(key).isolation(), external);
    }

    /** Why a service can never run in a process of its own, in a sentence; empty if it can, as far as is known here. */
    public Optional<String> refusal(ServiceId service, Acl acl) {
        return processes.get().flatMap(able -> able.refusal(service, acl));
    }

    /** Where an instance's provider is got from. */
    public Providers providers(Optional<Confinement> process, Providers own) {
        return process.<Providers>map(confinement -> new Isolated(own, confinement)).orElse(own);
    }

    private final class Isolated implements Providers {
        private final Providers own;
        private final Confinement confinement;

        Isolated(Providers own, Confinement confinement) {
            this.own = own;
            this.confinement = confinement;
        }

        @Override
        public SortedMap<ServiceId, List<Provider>> all() {
            return own.all();
        }

        @Override
        public ServiceProvider get(ServiceReference<ServiceProvider> reference) {
            return processes.get().orElseThrow(() -> new IllegalStateException(
                    "What runs services in processes of their own has left.")).isolated(reference, confinement);
        }

        @Override
        public void unget(ServiceReference<ServiceProvider> reference) {
            // Nothing of the bundle was got.
        }
    }
}
