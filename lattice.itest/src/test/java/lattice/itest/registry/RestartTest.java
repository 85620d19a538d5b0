package lattice.itest.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lattice.api.node.InstanceState;
import lattice.api.store.Entry;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.consent.ConsentValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/** Parts of the node that stop and start again, with what was stored meanwhile. */
@ExtendWith(BundleContextExtension.class)
@Timeout(120)
class RestartTest {
    private Owner owner;
    private BundleContext context;

    @BeforeEach
    void begin(@InjectBundleContext BundleContext injected) throws Exception {
        context = injected;
        owner = new Owner(injected);
    }

    @AfterEach
    void end() throws Exception {
        owner = new Owner(context, owner);
        owner.close();
    }

    @Test
    void theRegistryStartsAgainWhatItRan() throws Exception {
        String service = running("resumes");
        bundle("lattice.registry").stop();
        assertThat(owner.probe("resumes").closed).as("closed with the registry").hasValue(1);
        bundle("lattice.registry").start();
        owner = new Owner(context, owner);
        owner.await(service, InstanceState.RUNNING);
        assertThat(owner.probe("resumes").created).hasValue(2);
    }

    @Test
    void withoutTheFirewallNothingRuns() throws Exception {
        String service = running("guarded");
        bundle("lattice.consent").stop();
        assertThat(owner.probe("guarded").closed).hasValue(1);
        bundle("lattice.consent").start();
        owner = new Owner(context, owner);
        owner.await(service, InstanceState.RUNNING);
    }

    @Test
    void whatIsDeclaredWhileTheRegistryIsDownNeedsConsentAsEver() throws Exception {
        bundle("lattice.registry").stop();
        String service;
        try {
            service = owner.deploy("smuggled");
            owner.declareGlobal(service, "{}");
        } finally {
            bundle("lattice.registry").start();
        }
        owner = new Owner(context, owner);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(owner.probe("smuggled").constructed).hasValue(0);
    }

    /** The entry is damaged on its way to the disk and back: Config Admin does not even see it. */
    @Test
    void aConsentWhoseBytesAreDamagedIsGone() throws Exception {
        String service = running("rotten");
        Entry stored = owner.meta.scan(new Prefix("/config")).filter(entry -> entry.key().path().contains("rotten"))
                .findFirst().orElseThrow();
        byte[] damaged = Arrays.copyOf(stored.value(), stored.value().length - 3);
        owner.meta.write(Transaction.of(new Mutation.Put(stored.key(), damaged)));
        restart("org.apache.felix.configadmin");
        owner = new Owner(context, owner);
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(owner.probe("rotten").closed).as("closed with Config Admin").hasValue(1);
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        owner.await(service, InstanceState.RUNNING);
    }

    private void restart(String symbolicName) throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        ServiceListener listener = event -> {
            if (event.getType() == ServiceEvent.UNREGISTERING) {
                gone.countDown();
            }
        };
        context.addServiceListener(listener, "(objectClass=lattice.consent.ConsentFirewall)");
        try {
            bundle(symbolicName).stop();
            assertThat(gone.await(30, TimeUnit.SECONDS)).as("the firewall goes with " + symbolicName).isTrue();
        } finally {
            context.removeServiceListener(listener);
            bundle(symbolicName).start();
        }
    }

    private Bundle bundle(String symbolicName) {
        return List.of(context.getBundles()).stream().filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst().orElseThrow();
    }

    private String running(String name) throws Exception {
        String service = owner.deploy(name);
        owner.declareGlobal(service, "{}");
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        owner.await(service, InstanceState.RUNNING);
        return service;
    }
}
