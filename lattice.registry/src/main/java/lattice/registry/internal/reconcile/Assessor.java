package lattice.registry.internal.reconcile;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.consent.AccessRequest;
import lattice.consent.Consent;
import lattice.consent.Proposal;
import lattice.consent.Proposal.Offer;
import lattice.consent.Verdict;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.declaration.Declared;
import lattice.registry.internal.declaration.Policy;
import lattice.registry.internal.descriptor.Descriptor;
import lattice.registry.internal.descriptor.DescriptorFormat;
import lattice.registry.internal.instance.RunConfig;
import lattice.registry.internal.provider.Provider;
import lattice.registry.internal.schema.ConfigSchema;

/**
 * Works out what a service should be: its declaration, policy, provider and config make a proposal, and the firewall
 * judges it. Gives the same answer to the same inputs; what it remembers only saves checking a config twice.
 */
final class Assessor {
    private final NodeId self;
    private final Function<Proposal, Verdict> firewall;
    private final Map<InstanceKey, CheckedConfig> checked = new HashMap<>();

    private record CheckedConfig(String schema, ObjectNode config, ConfigSchema.Checked result) {
    }

    /** The provider to be used, or why none can be. */
    private record Choice(Optional<Provider> provider, Optional<Descriptor> descriptor, Optional<String> problem,
            Optional<String> note) {
    }

    Assessor(NodeId self, Function<Proposal, Verdict> firewall) {
        this.self = self;
        this.firewall = firewall;
    }

    /**
     * Assesses one service.
     *
     * @param declared its declaration, if there is one
     * @param wrongWith what is wrong with it in view of other declarations, if anything is
     * @param providers those that offer it
     * @param inUse the provider that its running instance is from
     * @param tags of this node
     * @param lastGood what it last ran with
     */
    Assessment assess(InstanceKey key, Optional<Declared> declared, Optional<String> wrongWith,
            List<Provider> providers, Optional<Provider> inUse, Set<String> tags, Optional<RunConfig> lastGood) {
        Choice choice = choose(key.service(), providers, inUse);
        if (declared.isEmpty()) {
            return undeclared(key, choice);
        }
        Optional<ConfigSchema.Checked> config = declared.get().declaration().isPresent() && choice.descriptor()
                .isPresent()
                ? Optional.of(check(key, choice.descriptor().get().schema(), declared.get(), lastGood))
                : Optional.empty();
        Optional<String> problem = problem(declared.get(), wrongWith, choice, config);
        Proposal proposal = proposal(key, declared.get(), problem, declared.get().declaration(), lastGood, tags,
                offer(choice, sensitive(choice, declared.get(), config)));
        Verdict verdict = firewall.apply(proposal);
        Target target;
        if (verdict instanceof Verdict.Run run && config.isPresent()
                && config.get() instanceof ConfigSchema.Valid valid) {
            RunConfig runConfig = new RunConfig(declared.get().declaration().get(), declared.get().override(),
                    valid.config(), choice.descriptor().get().schema().digest(), declared.get().version());
            target = run(key, choice, runConfig, run.consent(), choice.note());
        } else {
            target = lastGoodInstead(key, declared.get(), choice, verdict, tags, lastGood)
                    .orElseGet(() -> rest(verdict));
        }
        return new Assessment(declared, choice.provider(), proposal, verdict, target);
    }

    /** Assesses a service that is not declared. */
    Assessment undeclared(InstanceKey key, List<Provider> providers) {
        return undeclared(key, choose(key.service(), providers, Optional.empty()));
    }

    private Assessment undeclared(InstanceKey key, Choice choice) {
        Proposal proposal = new Proposal(key.mesh(), key.service(), Optional.empty(),
                offer(choice, choice.descriptor().map(Assessor::defaults).orElse(new TreeMap<>())));
        return new Assessment(Optional.empty(), choice.provider(), proposal, firewall.apply(proposal),
                new Target.Rest(InstanceState.STOPPED, "It is not declared any more."));
    }

    /** Forgets what is known of instances that are not there any more. */
    void keepOnly(Set<InstanceKey> keys) {
        checked.keySet().retainAll(keys);
    }

    private static Choice choose(ServiceId service, List<Provider> providers, Optional<Provider> inUse) {
        if (providers.isEmpty()) {
            return new Choice(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        }
        Optional<Provider> chosen = providers.size() == 1 ? Optional.of(providers.get(0))
                : inUse.flatMap(used -> providers.stream().filter(p -> p.reference().equals(used.reference()))
                .findFirst());
        String names = providers.stream().map(p -> p.identity().toString()).collect(Collectors.joining(" and "));
        if (chosen.isEmpty()) {
            return new Choice(Optional.empty(), Optional.empty(), Optional.of("More than one bundle offers " + service
                    + ": " + names + "; remove all but one."), Optional.empty());
        }
        Optional<String> note = providers.size() == 1 ? Optional.empty()
                : Optional.of("More than one bundle offers it, " + names + "; the one that it runs from stays.");
        if (chosen.get().reading() instanceof Provider.Read read) {
            return new Choice(chosen, Optional.of(read.descriptor()), Optional.empty(), note);
        }
        return new Choice(Optional.empty(), Optional.empty(),
                Optional.of(((Provider.Unusable) chosen.get().reading()).problem()), note);
    }

    private static Optional<String> problem(Declared declared, Optional<String> wrongWith, Choice choice,
            Optional<ConfigSchema.Checked> config) {
        if (declared.problem().isPresent()) {
            return declared.problem();
        }
        if (!declared.local() && declared.declaration().get().policy() instanceof Policy.LocalOnly) {
            return Optional.of("The declaration has the policy LocalOnly, which only the owner of a node can use, with "
                    + "lattice:declare --local.");
        }
        if (wrongWith.isPresent()) {
            return wrongWith;
        }
        if (choice.problem().isPresent()) {
            return choice.problem();
        }
        return config.filter(ConfigSchema.Wrong.class::isInstance).map(wrong -> ((ConfigSchema.Wrong) wrong).reason());
    }

    private ConfigSchema.Checked check(InstanceKey key, ConfigSchema schema, Declared declared,
            Optional<RunConfig> lastGood) {
        ObjectNode config = declared.override().over(declared.declaration().get().config());
        CheckedConfig before = checked.get(key);
        if (before != null && before.schema().equals(schema.digest()) && before.config().equals(config)) {
            return before.result();
        }
        boolean knownGood = lastGood.isPresent() && lastGood.get().schema().equals(schema.digest())
                && lastGood.get().override().equals(declared.override())
                && lastGood.get().declaration().config().equals(declared.declaration().get().config());
        ConfigSchema.Checked result = knownGood ? schema.valid(lastGood.get().effective()) : schema.check(config);
        checked.put(key, new CheckedConfig(schema.digest(), config, result));
        return result;
    }

    private static SortedMap<String, String> defaults(Descriptor descriptor) {
        ObjectNode empty = Json.newObject();
        return descriptor.schema().check(empty) instanceof ConfigSchema.Valid valid ? valid.sensitive()
                : descriptor.schema().valid(empty).sensitive();
    }

    private static SortedMap<String, String> sensitive(Choice choice, Declared declared,
            Optional<ConfigSchema.Checked> config) {
        if (config.isEmpty()) {
            return new TreeMap<>();
        }
        return proposed(declared, config.get() instanceof ConfigSchema.Valid valid ? valid
                : choice.descriptor().get().schema().valid(declared.declaration().get().config()));
    }

    /** The sensitive fields that somebody else proposes: what the owner set needs no consent of the owner's. */
    private static SortedMap<String, String> proposed(Declared declared, ConfigSchema.Valid config) {
        SortedMap<String, String> sensitive = new TreeMap<>(config.sensitive());
        sensitive.keySet().removeIf(declared.override()::decides);
        return sensitive;
    }

    private static Proposal proposal(InstanceKey key, Declared declared, Optional<String> problem,
            Optional<Declaration> declaration, Optional<RunConfig> lastGood, Set<String> tags, Optional<Offer> offer) {
        Optional<Policy> policy = declaration.map(Declaration::policy)
                .or(() -> lastGood.map(good -> good.declaration().policy()));
        return new Proposal(key.mesh(), key.service(), Optional.of(new Proposal.Declared(declared.author(),
                declared.local(), policy.map(Policy::inWords).orElse("unknown"),
                policy.map(p -> p.means(tags)).orElse(true), problem)), offer);
    }

    private static Optional<Offer> offer(Choice choice, SortedMap<String, String> sensitive) {
        return choice.provider().flatMap(provider -> choice.descriptor()
                .map(descriptor -> new Offer(provider.identity(),
                descriptor.title(), descriptor.version(), descriptor.publisher(), descriptor.policy().inWords(),
                descriptor.access(), sensitive)));
    }

    /**
     * The last good config goes on being in force if the newer one is invalid or not consented to, as long as the
     * owner's word covers it.
     */
    private Optional<Target> lastGoodInstead(InstanceKey key, Declared declared, Choice choice, Verdict verdict,
            Set<String> tags, Optional<RunConfig> lastGood) {
        boolean newOneWaits = verdict instanceof Verdict.Invalid || verdict instanceof Verdict.Awaiting;
        if (!newOneWaits || lastGood.isEmpty() || choice.descriptor().isEmpty()) {
            return Optional.empty();
        }
        RunConfig good = lastGood.get();
        ConfigSchema schema = choice.descriptor().get().schema();
        boolean checkedBefore = good.schema().equals(schema.digest()) && good.override().equals(declared.override());
        ConfigSchema.Checked config = checkedBefore ? schema.valid(good.effective())
                : schema.check(declared.override().over(good.declaration().config()));
        if (!(config instanceof ConfigSchema.Valid valid)) {
            return Optional.empty();
        }
        Proposal before = proposal(key, declared, Optional.empty(), declared.declaration(), lastGood, tags,
                offer(choice, proposed(declared, valid)));
        if (!(firewall.apply(before) instanceof Verdict.Run run)) {
            return Optional.empty();
        }
        RunConfig goodConfig = new RunConfig(good.declaration(), declared.override(), valid.config(), schema.digest(),
                good.version());
        String note = (verdict instanceof Verdict.Invalid ? "The newer declaration is not valid: "
                : "The newer config waits for consent: ") + verdict.reason();
        return Optional.of(run(key, choice, goodConfig, run.consent(), Optional.of(note)));
    }

    private Target run(InstanceKey key, Choice choice, RunConfig config, Consent consent, Optional<String> note) {
        return new Target.Run(choice.provider().get(), config, acl(key.service(), consent.access(),
                choice.descriptor().get().access()), consent, note, Optional.empty());
    }

    /** Its own config and state, and of what the descriptor asks for, what the owner was shown. */
    private Acl acl(ServiceId service, AccessRequest consented, AccessRequest asked) {
        Prefix state = new Prefix("/state/" + service);
        Set<Prefix> read = new HashSet<>(Set.of(Prefix.of(Declarations.place(service)), state));
        Set<Prefix> write = new HashSet<>(Set.of(state));
        asked.read().stream().filter(consented.read()::contains)
                .forEach(prefix -> read.add(DescriptorFormat.prefix(prefix, self.hex())));
        asked.write().stream().filter(consented.write()::contains)
                .forEach(prefix -> write.add(DescriptorFormat.prefix(prefix, self.hex())));
        return new Acl(read, write);
    }

    private static Target rest(Verdict verdict) {
        InstanceState state;
        if (verdict instanceof Verdict.NotMeant) {
            state = InstanceState.DECLARED;
        } else if (verdict instanceof Verdict.Refused) {
            state = InstanceState.REFUSED;
        } else if (verdict instanceof Verdict.NoProvider) {
            state = InstanceState.WAITING;
        } else if (verdict instanceof Verdict.Invalid) {
            state = InstanceState.INVALID;
        } else {
            state = InstanceState.AWAITING_CONSENT;
        }
        return new Target.Rest(state, verdict.reason());
    }
}
