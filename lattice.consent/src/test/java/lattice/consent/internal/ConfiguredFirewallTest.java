package lattice.consent.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.Dictionary;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.consent.AccessRequest;
import lattice.consent.Consent;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentValue;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.Test;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

class ConfiguredFirewallTest {
    private static final StoreId MESH = new StoreId("ab".repeat(32));
    private static final StoreId OTHER_MESH = new StoreId("cd".repeat(32));
    private static final ServiceId SERVICE = new ServiceId("test.service");

    private final AtomicReference<ConsentValue> stored = new AtomicReference<>(ConsentValue.FOLLOW_MESH);
    private final MetaLedger ledger = new MetaLedger(new Meta(new InMemoryStore()), Clock.systemUTC());

    @Test
    void aWithdrawalBetweenReadingAndListeningIsNotMissed() {
        ConfiguredFirewall firewall = new ConfiguredFirewall(configurations(), ledger, listener -> {
            stored.set(ConsentValue.BLOCK); // nobody is told: nobody listens yet
            return () -> { };
        });
        assertThat(firewall.entry(MESH, SERVICE).value()).isEqualTo(ConsentValue.BLOCK);
    }

    @Test
    void aConsentSaysNothingAboutAnotherMesh() {
        ConfiguredFirewall firewall = new ConfiguredFirewall(configurations(), ledger, listener -> () -> { });
        assertThat(firewall.entry(MESH, SERVICE).value()).isEqualTo(ConsentValue.FOLLOW_MESH);
        assertThat(firewall.entry(OTHER_MESH, SERVICE)).isInstanceOf(ConsentEntry.Missing.class);
    }

    private ConfigurationAdmin configurations() {
        return (ConfigurationAdmin) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { ConfigurationAdmin.class }, (proxy, method, arguments) -> switch (method.getName()) {
                    case "listConfigurations" -> new Configuration[] { configuration() };
                    default -> throw new UnsupportedOperationException(method.toString());
                });
    }

    private Configuration configuration() {
        Dictionary<String, Object> properties = ConsentFormat.write(new Consent(MESH, SERVICE, stored.get(),
                Optional.empty(), AccessRequest.NONE, Map.of()));
        return (Configuration) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { Configuration.class }, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getPid" -> ConsentFormat.PID + "~test";
                    case "getProperties" -> properties;
                    default -> throw new UnsupportedOperationException(method.toString());
                });
    }
}
