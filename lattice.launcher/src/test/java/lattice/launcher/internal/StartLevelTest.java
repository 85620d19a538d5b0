package lattice.launcher.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StartLevelTest {
    @Test
    void theRegistryStartsAfterAllThatBringsServicesAndStopsBeforeIt() {
        assertThat(StartLevel.of("lattice.registry")).isGreaterThan(StartLevel.of("lattice.service.irc"))
                .isGreaterThan(StartLevel.of("lattice.deploy"));
    }

    @Test
    void theKernelIsThereForAllThatWrites() {
        assertThat(StartLevel.of("lattice.kernel")).isLessThan(StartLevel.of("lattice.consent"))
                .isGreaterThan(StartLevel.of("org.mapdb.mapdb"));
    }

    @Test
    void theShellComesLastAndTheLogBeforeAllThatSpeaks() {
        assertThat(StartLevel.of("lattice.shell").number()).isEqualTo(StartLevel.highest());
        assertThat(StartLevel.of("lattice.log")).isLessThan(StartLevel.of("org.apache.felix.scr"));
    }
}
