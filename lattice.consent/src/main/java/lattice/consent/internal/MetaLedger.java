package lattice.consent.internal;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentValue;
import lattice.consent.Decision;
import lattice.consent.DecisionLedger;
import lattice.consent.Proposal;
import lattice.consent.Proposal.Declared;
import lattice.consent.Verdict;
import lattice.kernel.node.MetaStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps decisions in the meta store, below {@code /consent/decisions/{mesh}/{service}}, in a ring of as many keys as
 * decisions are kept. It holds nothing for a service that the owner never said anything about, so a mesh can't make it
 * grow.
 */
@Component(service = { DecisionLedger.class, MetaLedger.class })
public final class MetaLedger implements DecisionLedger {
    private static final Logger LOG = LoggerFactory.getLogger(MetaLedger.class);

    static final String FIREWALL = "the firewall";
    static final String CONFIGURATION = "the node's configuration";

    private static final Duration BETWEEN_NOTES = Duration.ofSeconds(5);

    private final MetaStore meta;
    private final Clock clock;
    private final DecisionFormat format = new DecisionFormat();
    private final Map<Subject, Noted> noted = new HashMap<>();

    private record Noted(Class<? extends Verdict> verdict, String reason, Instant when) {
    }

    @Activate
    public MetaLedger(@Reference MetaStore meta) {
        this(meta, Clock.systemUTC());
    }

    MetaLedger(MetaStore meta, Clock clock) {
        this.meta = meta;
        this.clock = clock;
    }

    @Override
    public List<Decision> decisions(StoreId mesh, ServiceId service) {
        Subject subject = new Subject(mesh, service);
        List<Decision> decisions = new ArrayList<>();
        try (var entries = meta.scan(Prefix.of(place(subject)))) {
            for (Entry entry : (Iterable<Entry>) entries::iterator) {
                try {
                    decisions.add(format.read(subject, entry.value()));
                } catch (IOException e) {
                    LOG.warn("The decision at {} of the meta store can't be read and is left out: {}", entry.key(),
                            e.getMessage());
                }
            }
        }
        decisions.sort(Comparator.comparingLong(Decision::number).reversed());
        return decisions;
    }

    @Override
    public synchronized void note(Proposal proposal, Verdict verdict) {
        Subject subject = new Subject(proposal.mesh(), proposal.service());
        Noted last = noted.get(subject);
        Instant now = clock.instant();
        if (last != null && (last.verdict() == verdict.getClass() && last.reason().equals(verdict.reason())
                || Duration.between(last.when(), now).abs().compareTo(BETWEEN_NOTES) < 0)) {
            return;
        }
        List<Decision> before;
        try {
            before = decisions(proposal.mesh(), proposal.service());
        } catch (StoreException e) {
            LOG.warn("The ledger can't be read, so what the firewall made of {} is not noted: {}", subject,
                    e.getMessage());
            return;
        }
        if (before.isEmpty()) {
            return;
        }
        noted.put(subject, new Noted(verdict.getClass(), verdict.reason(), now));
        if (!worthNoting(verdict, before.get(0))) {
            return;
        }
        Decision decision = new Decision(0, subject.mesh(), subject.service(), verdict.getClass().getSimpleName(),
                proposal.declaration().map(Declared::author), FIREWALL, now, verdict.reason());
        try {
            append(decision, before);
        } catch (StoreException e) {
            LOG.warn("What the firewall made of {} could not be written into the ledger: {}", subject, e.getMessage());
        }
    }

    private static boolean worthNoting(Verdict verdict, Decision last) {
        if (last.decider().equals(FIREWALL)) {
            return (verdict instanceof Verdict.Run || verdict instanceof Verdict.Awaiting
                    || verdict instanceof Verdict.Refused) && !last.why().equals(verdict.reason());
        }
        // That a word has the effect it says goes without saying.
        return verdict instanceof Verdict.Awaiting && !last.what().equals(ConsentValue.MANUAL.word());
    }

    /** Writes down what the owner decides. */
    synchronized void noteDecision(Subject subject, ConsentValue value, Proposal shown, String who) {
        Optional<NodeId> proposer = shown.declaration().map(Declared::author);
        append(new Decision(0, subject.mesh(), subject.service(), value.word(), proposer, who, clock.instant(),
                shownInWords(shown)), decisions(subject.mesh(), subject.service()));
    }

    /** Writes down that an entry changed, unless that is what the owner just decided. */
    synchronized void noteEntry(Subject subject, ConsentEntry entry) {
        List<Decision> before = decisions(subject.mesh(), subject.service());
        Optional<Decision> lastWord = before.stream().filter(decision -> !decision.decider().equals(FIREWALL))
                .findFirst();
        boolean readable = !(entry instanceof ConsentEntry.Unreadable);
        if (readable && lastWord.isPresent() && lastWord.get().what().equals(entry.value().word())) {
            return;
        }
        String why = entry instanceof ConsentEntry.Unreadable unreadable ? unreadable.problem()
                : entry instanceof ConsentEntry.Missing ? "The entry is gone." : "The entry was changed.";
        try {
            append(new Decision(0, subject.mesh(), subject.service(), entry.value().word(), Optional.empty(),
                    CONFIGURATION, clock.instant(), why), before);
        } catch (StoreException e) {
            LOG.warn("A change of the consent to {} could not be written into the ledger: {}", subject, e.getMessage());
        }
    }

    private void append(Decision decision, List<Decision> newestFirst) {
        long number = newestFirst.isEmpty() ? 1 : newestFirst.get(0).number() + 1;
        Subject subject = new Subject(decision.mesh(), decision.service());
        if (!decision.decider().equals(FIREWALL)) {
            noted.remove(subject);
        }
        Decision numbered = new Decision(number, decision.mesh(), decision.service(), decision.what(),
                decision.proposer(), decision.decider(), decision.when(), decision.why());
        Key slot = place(subject).child(String.valueOf(number % KEPT));
        meta.write(Transaction.of(new Mutation.Put(slot, format.write(numbered))));
    }

    private static Key place(Subject subject) {
        return new Key("/consent/decisions/" + subject.mesh() + "/" + subject.service());
    }

    private static String shownInWords(Proposal shown) {
        return shown.offer().map(offer -> offer.provider() + "; " + offer.access() + (offer.sensitive().isEmpty() ? ""
                : "; sensitive: " + new TreeMap<>(offer.sensitive()))).orElse("No provider was here.");
    }
}
