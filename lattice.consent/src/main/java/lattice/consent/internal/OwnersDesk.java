package lattice.consent.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.consent.AccessRequest;
import lattice.consent.Consent;
import lattice.consent.ConsentDesk;
import lattice.consent.ConsentFirewall;
import lattice.consent.ConsentValue;
import lattice.consent.Proposal;
import lattice.consent.Proposal.Offer;
import lattice.consent.ProviderPin;
import lattice.api.store.StoreException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Writes consents into Config Admin, one configuration for each mesh and service. */
@Component
public final class OwnersDesk implements ConsentDesk {
    private final ConfigurationAdmin configurations;
    private final MetaLedger ledger;
    private final ConsentFirewall firewall;

    @Activate
    public OwnersDesk(@Reference ConfigurationAdmin configurations, @Reference MetaLedger ledger,
            @Reference ConsentFirewall firewall) {
        this.configurations = configurations;
        this.ledger = ledger;
        this.firewall = firewall;
    }

    @Override
    public synchronized void decide(ConsentValue value, Proposal shown, String who) throws IOException {
        boolean allows = value == ConsentValue.ALWAYS_ALLOW || value == ConsentValue.FOLLOW_MESH;
        if (allows && shown.offer().isEmpty()) {
            throw new IllegalArgumentException("No provider of " + shown.service()
                    + " is here that can be used, so there is nothing to consent to yet; deploy the bundle that "
                    + "has it, look at what it asks for, then consent.");
        }
        Subject subject = new Subject(shown.mesh(), shown.service());
        if (allows) {
            // A consent that could not be accounted for must not be given; a no must never wait for the books.
            try {
                ledger.noteDecision(subject, value, shown, who);
            } catch (StoreException e) {
                throw new IOException("The decision could not be written down: " + e.getMessage(), e);
            }
            put(subject, consent(value, shown));
        } else {
            put(subject, consent(value, shown));
            try {
                ledger.noteDecision(subject, value, shown, who);
            } catch (StoreException e) {
                throw new IOException("This is in force, but could not be written into the ledger: " + e.getMessage(),
                        e);
            }
        }
        if (firewall.entry(shown.mesh(), shown.service()).value() != value) {
            throw new IOException("The consent was written, but what is in force is "
                    + firewall.entry(shown.mesh(), shown.service()).value() + "; look at lattice:log and try again.");
        }
    }

    private static Consent consent(ConsentValue value, Proposal shown) {
        Optional<Offer> offer = shown.offer();
        return new Consent(shown.mesh(), shown.service(), value, offer.map(Offer::provider).map(ProviderPin::of),
                offer.map(Offer::access).orElse(AccessRequest.NONE), offer.map(Offer::sensitive).orElse(Map.of()));
    }

    private void put(Subject subject, Consent consent) throws IOException {
        String name = subject.mesh() + "." + subject.service();
        Configuration own = configurations.getFactoryConfiguration(ConsentFormat.PID, name, "?");
        for (Configuration other : others(subject, own)) {
            other.delete();
        }
        own.update(ConsentFormat.write(consent));
    }

    /** Entries about the same that came from elsewhere: with two of them none would count. */
    private List<Configuration> others(Subject subject, Configuration own) throws IOException {
        List<Configuration> others = new ArrayList<>();
        try {
            Configuration[] listed = configurations.listConfigurations("(&(service.factoryPid=" + ConsentFormat.PID
                    + ")("
                    + ConsentFormat.MESH + "=" + subject.mesh() + ")(" + ConsentFormat.SERVICE + "=" + subject.service()
                    + "))");
            for (Configuration configuration : listed == null ? new Configuration[0] : listed) {
                if (!configuration.getPid().equals(own.getPid())) {
                    others.add(configuration);
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        return others;
    }
}
