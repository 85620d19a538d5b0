package lattice.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.context.BundleContextExtension;
import org.osgi.test.junit5.service.ServiceExtension;

/** The framework that all other tests stand on. */
@ExtendWith({BundleContextExtension.class, ServiceExtension.class})
class FrameworkTest {

    @Test
    void everyBundleIsActive(@InjectBundleContext BundleContext context) {
        assertThat(context.getBundles())
                .filteredOn(bundle -> bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null)
                .allSatisfy(bundle -> assertThat(bundle.getState()).as(bundle.toString()).isEqualTo(Bundle.ACTIVE));
    }

    @Test
    void noComponentFailedToActivate(@InjectService ServiceComponentRuntime components) {
        assertThat(components.getComponentDescriptionDTOs())
                .flatExtracting(components::getComponentConfigurationDTOs)
                .allSatisfy(component -> assertThat(component.failure).as(component.description.name).isNull());
    }

    @Test
    void allOfTheHouseIsHere(@InjectBundleContext BundleContext context) {
        assertThat(Arrays.stream(context.getBundles()).map(Bundle::getSymbolicName))
                .contains("lattice.api", "lattice.kernel", "lattice.shell", "lattice.consent", "lattice.registry");
    }
}
