package lattice.itest.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.store.Key;
import lattice.consent.ConsentValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.cm.Configuration;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/** Providers that come, go, fail and hang, in a whole node. */
@ExtendWith(BundleContextExtension.class)
@Timeout(120)
class ProviderTest {
    private Owner owner;
    private BundleContext context;

    @BeforeEach
    void begin(@InjectBundleContext BundleContext injected) {
        context = injected;
        owner = new Owner(injected);
    }

    @AfterEach
    void end() throws Exception {
        owner.close();
    }

    @Test
    void aProviderMayComeAfterItsDeclaration() throws Exception {
        owner.declareGlobal("itest.late", "{}");
        assertThat(owner.settled("itest.late").orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        owner.deploy("late");
        owner.consent("itest.late", ConsentValue.FOLLOW_MESH);
        owner.await("itest.late", InstanceState.RUNNING);
    }

    @Test
    void aProviderMayComeBeforeItsDeclarationAndItsConsent() throws Exception {
        String service = owner.deploy("early");
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        assertThat(owner.settled(service)).isEmpty();
        owner.declareGlobal(service, "{}");
        owner.await(service, InstanceState.RUNNING);
    }

    @Test
    void aBundleThatLeavesTakesItsInstanceWithItAndNothingElse() throws Exception {
        String leaves = running("leaves");
        String stays = running("stays");
        List<Bundle> stopped = new CopyOnWriteArrayList<>();
        SynchronousBundleListener listener = event -> {
            if (event.getType() == BundleEvent.STOPPED) {
                stopped.add(event.getBundle());
            }
        };
        context.addBundleListener(listener);
        try {
            Bundle bundle = owner.bundle("leaves");
            bundle.uninstall();
            assertThat(owner.probe("leaves").closed).as("closed before its classes went").hasValue(1);
            assertThat(stopped).containsExactly(bundle);
        } finally {
            context.removeBundleListener(listener);
        }
        assertThat(owner.settled(leaves).orElseThrow().state()).isEqualTo(InstanceState.WAITING);
        assertThat(owner.settled(stays).orElseThrow().state()).isEqualTo(InstanceState.RUNNING);
        assertThat(owner.probe("stays").created).hasValue(1);
        owner.deploy("leaves");
        owner.await(leaves, InstanceState.RUNNING);
    }

    @Test
    void theSameIdFromElsewhereNeedsConsentOfItsOwn() throws Exception {
        String service = running("genuine");
        owner.bundle("genuine").uninstall();
        owner.deploy("impostor", service, "itest:impostor", "{}");
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.AWAITING_CONSENT);
        assertThat(owner.probe("impostor").constructed).hasValue(0);
    }

    @Test
    void ofTwoProvidersTheRunningOneStays() throws Exception {
        String service = running("first");
        owner.deploy("second", service, "itest:second", "{}");
        owner.await(service, each -> each.reason().contains("More than one"));
        assertThat(owner.settled(service).orElseThrow().state()).isEqualTo(InstanceState.RUNNING);
        assertThat(owner.probe("second").constructed).hasValue(0);
    }

    @Test
    void aServiceThatFailsAtItsStartIsTriedAgain() throws Exception {
        owner.probe("unlucky").behaviour = instance -> {
            throw new IllegalStateException("Out of luck.");
        };
        String service = consented("unlucky");
        assertThat(owner.await(service, InstanceState.BACKING_OFF).reason()).contains("Out of luck.");
        owner.probe("unlucky").behaviour = instance -> () -> { };
        owner.await(service, InstanceState.RUNNING);
    }

    @Test
    void aServiceThatFailsLaterIsTriedAgain() throws Exception {
        CountDownLatch fail = new CountDownLatch(1);
        owner.probe("shaky").behaviour = instance -> {
            Thread breaker = new Thread(() -> {
                try {
                    fail.await();
                    instance.failed(new IllegalStateException("The sea rose."));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            breaker.setDaemon(true);
            breaker.start();
            return () -> { };
        };
        String service = running("shaky");
        owner.probe("shaky").behaviour = instance -> () -> { };
        fail.countDown();
        owner.await(service, each -> owner.probe("shaky").created.get() == 2 && each.state() == InstanceState.RUNNING);
        assertThat(owner.probe("shaky").closed).hasValue(1);
    }

    @Test
    void aServiceThatHangsInItsStartHoldsNothingUp() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        owner.probe("stuck").behaviour = instance -> {
            release.await();
            return () -> { };
        };
        String service = owner.deploy("stuck");
        owner.declareGlobal(service, "{}");
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        try {
            running("unhindered");
            assertThat(owner.status.services()).anyMatch(each -> each.service().name().equals(service)
                    && each.state() == InstanceState.STARTING);
            // Withdrawing does not wait for it to start either.
            owner.consent(service, ConsentValue.BLOCK);
            owner.await(service, InstanceState.REFUSED);
        } finally {
            release.countDown();
        }
    }

    @Test
    void aServiceThatHangsForGoodIsGivenUpOn() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Configuration patience = owner.configurations.getConfiguration("lattice.registry", "?");
        patience.update(new Hashtable<>(Map.of("startDeadlineMillis", 300L)));
        try {
            owner.probe("deaf").behaviour = instance -> {
                while (release.getCount() > 0) {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        Thread.interrupted(); // it does not listen
                    }
                }
                return () -> { };
            };
            String service = consented("deaf");
            String reason = owner.await(service, each -> each.state() == InstanceState.BACKING_OFF
                    || each.state() == InstanceState.FAILED).reason();
            assertThat(reason).contains("lattice-service-itest.deaf").contains("did not start within 300 ms");
            owner.consent(service, ConsentValue.BLOCK);
            owner.await(service, InstanceState.REFUSED);
        } finally {
            release.countDown();
            patience.delete();
        }
        long deadline = System.nanoTime() + Owner.PATIENCE.toNanos();
        while (owner.probe("deaf").closed.get() < owner.probe("deaf").created.get() && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertThat(owner.probe("deaf").closed).as("instances that came too late are closed")
                .hasValue(owner.probe("deaf").created.get());
    }

    @Test
    void whatAServiceThrowsHarmsNothing() throws Exception {
        owner.probe("brutal").behaviour = instance -> {
            throw new NoClassDefFoundError("not/There");
        };
        String service = consented("brutal");
        assertThat(owner.await(service, InstanceState.BACKING_OFF).reason()).contains("not/There");
    }

    @Test
    void statusIsPublishedForOtherNodes() throws Exception {
        owner.probe("public").behaviour = instance -> {
            instance.listening(new Endpoint("probe", "127.0.0.1", 7000));
            return () -> { };
        };
        String service = running("public");
        Key place = new Key("/nodes/" + owner.node.id() + "/services/" + service);
        long deadline = System.nanoTime() + Owner.PATIENCE.toNanos();
        while (owner.root.get(place).filter(entry -> entry.text().contains("\"Running\"")).isEmpty()
                && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertThat(owner.root.get(place).orElseThrow().text()).contains("\"port\":7000");
    }

    private String consented(String name) throws Exception {
        String service = owner.deploy(name);
        owner.declareGlobal(service, "{}");
        owner.consent(service, ConsentValue.FOLLOW_MESH);
        return service;
    }

    private String running(String name) throws Exception {
        String service = consented(name);
        owner.await(service, InstanceState.RUNNING);
        return service;
    }
}
