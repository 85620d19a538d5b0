package lattice.service.health.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ClockStatus;
import lattice.api.node.InstanceState;
import lattice.api.node.ServiceStatus;
import lattice.api.store.HybridTime;
import lattice.api.store.LogPosition;
import lattice.api.store.StoreStatus;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChecksTest {
    private static final StoreId STORE = new StoreId("a".repeat(64));
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path home;

    @Test
    void aDiskWithRoomIsFine() {
        assertThat(found(new DiskCheck(home, new HealthSettings.Limits(0, 0))).status()).isEqualTo(Status.OK);
    }

    @Test
    void aDiskThatFillsUpIsNamed() {
        Finding warning = found(new DiskCheck(home, new HealthSettings.Limits(101, 0)));
        assertThat(warning.status()).isEqualTo(Status.WARN);
        assertThat(warning.problems()).containsExactly("Less than 101 % of the disk under " + home + " is free.");
        assertThat(warning.details()).hasSize(1);
        assertThat(found(new DiskCheck(home, new HealthSettings.Limits(101, 101))).status()).isEqualTo(Status.CRITICAL);
    }

    @Test
    void aDiskThatIsGoneIsAnError() {
        assertThat(found(new DiskCheck(home.resolve("gone"), new HealthSettings.Limits(0, 0))).status())
                .isEqualTo(Status.HEALTH_CHECK_ERROR);
    }

    @Test
    void storesAreWritableAndTheirViewsNear() {
        assertThat(stores().status()).isEqualTo(Status.OK);
        assertThat(stores(store(true, null, 5)).status()).isEqualTo(Status.OK);
        Finding full = stores(store(false, "The disk is full: make room.", 0));
        assertThat(full.status()).isEqualTo(Status.CRITICAL);
        assertThat(full.problems()).containsExactly("Store root can't be written: The disk is full: make room.");
        assertThat(stores(store(true, "One segment is damaged.", 0)).problems())
                .containsExactly("One segment is damaged.");
        assertThat(stores(store(true, null, 11)).status()).isEqualTo(Status.WARN);
        assertThat(stores(store(true, null, 101)).status()).isEqualTo(Status.CRITICAL);
        assertThat(stores(store(true, null, 0), store(false, null, 0)).status()).isEqualTo(Status.CRITICAL);
    }

    @Test
    void whatAStoreTakesOfTheDiskAndWhatItsLastReadingFoundIsSaid() {
        StoreStatus status = new StoreStatus(STORE, "root", true, Optional.empty(), new LogPosition("log", 7), 7, 300 << 20,
                64 << 20, Optional.of(new StoreStatus.Reading(NOW, 2, 1)), 12 << 20, 256 << 20);
        Finding found = stores(status);
        assertThat(found.status()).isEqualTo(Status.OK);
        assertThat(found.details()).anySatisfy(detail -> assertThat(detail).contains("log 300", "256", "state 12", "view 64"))
                .anySatisfy(detail -> assertThat(detail).contains(NOW.toString(), "2 damaged place(s), 1 of them repaired"));
    }

    @Test
    void theClockIsRightOrItsProblemSaid() {
        assertThat(clock(Duration.ofSeconds(1), null).status()).isEqualTo(Status.OK);
        assertThat(clock(Duration.ofSeconds(31), null).status()).isEqualTo(Status.WARN);
        Finding wrong = clock(Duration.ZERO, "The clock says 1970: set it.");
        assertThat(wrong.status()).isEqualTo(Status.CRITICAL);
        assertThat(wrong.problems()).containsExactly("The clock says 1970: set it.");
    }

    @Test
    void whatACollectionLeavesMustFitTheHeap() {
        System.gc();
        HealthSettings.Limits limits = new HealthSettings.Limits(80, 95);
        assertThat(found(new HeapCheck(ManagementFactory.getMemoryPoolMXBeans(), Long.MAX_VALUE, limits)).status())
                .isEqualTo(Status.OK);
        assertThat(found(new HeapCheck(ManagementFactory.getMemoryPoolMXBeans(), 1, limits)).status())
                .isEqualTo(Status.CRITICAL);
    }

    @Test
    void servicesThatShouldRunDo() {
        assertThat(services(InstanceState.RUNNING, 3600).status()).isEqualTo(Status.OK);
        assertThat(services(InstanceState.REFUSED, 3600).status()).isEqualTo(Status.OK);
        assertThat(services(InstanceState.AWAITING_CONSENT, 3600).status()).isEqualTo(Status.OK);
        assertThat(services(InstanceState.DECLARED, 3600).status()).isEqualTo(Status.OK);
        assertThat(services(InstanceState.STOPPED, 3600).status()).isEqualTo(Status.OK);
        assertThat(services(InstanceState.STARTING, 10).status()).isEqualTo(Status.OK);
        assertThat(services(InstanceState.STARTING, 31).status()).isEqualTo(Status.WARN);
        assertThat(services(InstanceState.WAITING, 31).problems())
                .containsExactly("test.service has been waiting for more than 30 s: Because.");
        assertThat(services(InstanceState.INVALID, 0).status()).isEqualTo(Status.WARN);
        assertThat(services(InstanceState.BACKING_OFF, 0).status()).isEqualTo(Status.TEMPORARILY_UNAVAILABLE);
        Finding failed = services(InstanceState.FAILED, 0);
        assertThat(failed.status()).isEqualTo(Status.CRITICAL);
        assertThat(failed.problems()).containsExactly("test.service failed: Because.");
    }

    private static Finding stores(StoreStatus... stores) {
        return found(new StoreCheck(() -> List.of(stores), new HealthSettings.Limits(10, 100)));
    }

    private static StoreStatus store(boolean writable, String problem, long lag) {
        return new StoreStatus(STORE, "root", writable, Optional.ofNullable(problem), new LogPosition("log", 1000), 1000 - lag,
                1 << 20, 1 << 20);
    }

    private static Finding clock(Duration ahead, String problem) {
        return found(new ClockCheck(() -> new ClockStatus(HybridTime.ofMillis(NOW.toEpochMilli()), ahead,
                Optional.ofNullable(problem)), Duration.ofSeconds(30)));
    }

    private static Finding services(InstanceState state, int secondsAgo) {
        return found(new ServicesCheck(() -> List.of(new ServiceStatus(STORE, new ServiceId("test.service"), state, "Because.",
                NOW.minusSeconds(secondsAgo), List.of())), () -> NOW, Duration.ofSeconds(30)));
    }

    private static Finding found(HealthCheck check) {
        return Finding.of("test", check.execute());
    }
}
