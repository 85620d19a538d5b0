package lattice.itest.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.api.service.ServiceProvider;
import lattice.consent.ConsentValue;
import lattice.registry.process.ExternalProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/** Providers whose code is in no bundle, as those of daemons. */
@ExtendWith(BundleContextExtension.class)
@Timeout(120)
class ExternalProviderTest {
    private static final String SERVICE = "itest.external";

    private Owner owner;

    @BeforeEach
    void begin(@InjectBundleContext BundleContext context) {
        owner = new Owner(context);
    }

    @AfterEach
    void end() throws Exception {
        owner.close();
    }

    private static Dictionary<String, Object> properties(String origin) {
        return new Hashtable<>(Map.of(ServiceProvider.ID, SERVICE, ExternalProvider.ORIGIN, origin,
                ExternalProvider.DESCRIPTOR, """
                        {"v":1,"id":"%s","title":"Far away","version":"1","publisher":"Tests","schema":{"type":"object"}}
                        """.formatted(SERVICE)));
    }

    @Test
    void aConsentIsToItsOriginAndToTheBundleThatSpeaksForIt(@InjectBundleContext BundleContext context) throws Exception {
        AtomicInteger created = new AtomicInteger();
        ServiceProvider provider = each -> {
            created.incrementAndGet();
            return () -> { };
        };
        ServiceRegistration<ServiceProvider> registration = context.registerService(ServiceProvider.class, provider,
                properties("daemons/x (SHA-256 1)"));
        try {
            owner.declareGlobal(SERVICE, "{}");
            owner.await(SERVICE, InstanceState.AWAITING_CONSENT);
            assertThat(owner.proposals.proposal(owner.root.id(), new ServiceId(SERVICE)).offer().orElseThrow().provider()
                    .location()).endsWith(" daemons/x (SHA-256 1)");
            owner.consent(SERVICE, ConsentValue.FOLLOW_MESH);
            owner.await(SERVICE, InstanceState.RUNNING);
            assertThat(created).hasValue(1);

            registration.setProperties(properties("daemons/x (SHA-256 2)"));
            owner.await(SERVICE, InstanceState.AWAITING_CONSENT);
            registration.setProperties(properties("daemons/x (SHA-256 1)"));
            owner.await(SERVICE, InstanceState.RUNNING);
            assertThat(created).hasValue(2);
        } finally {
            registration.unregister();
        }
        owner.deploy("forger");
        ServiceRegistration<ServiceProvider> forged = owner.bundle("forger").getBundleContext()
                .registerService(ServiceProvider.class, provider, properties("daemons/x (SHA-256 1)"));
        try {
            assertThat(owner.await(SERVICE, InstanceState.AWAITING_CONSENT).reason()).contains("now forger");
            assertThat(created).hasValue(2);
        } finally {
            forged.unregister();
        }
    }
}
