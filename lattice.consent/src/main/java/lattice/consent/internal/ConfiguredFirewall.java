package lattice.consent.internal;

import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.consent.Consent;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentFirewall;
import lattice.consent.Proposal;
import lattice.consent.Verdict;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.SynchronousConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the consents from Config Admin. It listens rather than being a ManagedServiceFactory, because Config Admin
 * calls those later and on a thread of its own, and a consent that was withdrawn must be gone when its update returns.
 * Each event makes it read everything again, so that no order of events can leave it with less than the truth; if
 * reading fails there are no consents. It reads once more after it began to listen, for what changed in between.
 */
@Component(service = ConsentFirewall.class, immediate = true)
public final class ConfiguredFirewall implements ConsentFirewall {
    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredFirewall.class);

    private final ConfigurationAdmin configurations;
    private final MetaLedger ledger;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Runnable unlisten;
    private volatile ConsentTable table;

    /** Config Admin's events, as far as this one needs them. */
    public interface Events {
        /** @return what ends calls to the listener */
        Runnable listen(SynchronousConfigurationListener listener);
    }

    @Activate
    public ConfiguredFirewall(BundleContext context, @Reference ConfigurationAdmin configurations,
            @Reference MetaLedger ledger) {
        this(configurations, ledger, listener -> context
                .registerService(SynchronousConfigurationListener.class, listener, null)::unregister);
    }

    public ConfiguredFirewall(ConfigurationAdmin configurations, MetaLedger ledger, Events events) {
        this.configurations = configurations;
        this.ledger = ledger;
        this.table = load("");
        table.problems().forEach(LOG::warn);
        this.unlisten = events.listen(this::configurationEvent);
        reload("");
    }

    @Deactivate
    void deactivate() {
        unlisten.run();
    }

    @Override
    public ConsentEntry entry(StoreId mesh, ServiceId service) {
        return table.entry(new Subject(mesh, service));
    }

    @Override
    public List<Consent> consents() {
        return table.consents();
    }

    @Override
    public List<String> problems() {
        return table.problems();
    }

    @Override
    public Verdict judge(Proposal proposal) {
        return Judge.judge(entry(proposal.mesh(), proposal.service()), proposal);
    }

    @Override
    public Listening onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void configurationEvent(ConfigurationEvent event) {
        if (ConsentFormat.PID.equals(event.getFactoryPid())) {
            reload(event.getType() == ConfigurationEvent.CM_DELETED ? event.getPid() : "");
        }
    }

    private void reload(String deletedPid) {
        synchronized (this) {
            ConsentTable before = table;
            table = load(deletedPid);
            table.problems().stream().filter(problem -> !before.problems().contains(problem)).forEach(LOG::warn);
            noteChanges(before, table);
        }
        listeners.forEach(Runnable::run);
    }

    private ConsentTable load(String deletedPid) {
        Map<String, Dictionary<String, Object>> found = new HashMap<>();
        try {
            Configuration[] listed = configurations.listConfigurations("(service.factoryPid=" + ConsentFormat.PID
                    + ")");
            if (listed != null) {
                for (Configuration configuration : listed) {
                    if (!configuration.getPid().equals(deletedPid)) {
                        found.put(configuration.getPid(), configuration.getProperties());
                    }
                }
            }
            return ConsentTable.read(found);
        } catch (Exception e) {
            LOG.error("The consents can't be read, so nothing is consented to.", e);
            return ConsentTable.unavailable("the consents can't be read from the configuration (" + e + ").");
        }
    }

    private void noteChanges(ConsentTable before, ConsentTable after) {
        after.entries().forEach((subject, entry) -> {
            if (!entry.equals(before.entries().get(subject))) {
                ledger.noteEntry(subject, entry);
            }
        });
        before.entries().keySet().stream().filter(subject -> !after.entries().containsKey(subject))
                .forEach(subject -> ledger.noteEntry(subject, new ConsentEntry.Missing()));
    }
}
