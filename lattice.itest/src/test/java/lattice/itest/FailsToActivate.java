package lattice.itest;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** A component as bad as they come; a test enables it. */
@Component(enabled = false, immediate = true, service = {}, name = FailsToActivate.NAME)
public final class FailsToActivate {
    static final String NAME = "lattice.itest.FailsToActivate";
    static final String WHY = "there is no tea";

    @Activate
    public FailsToActivate() {
        throw new IllegalStateException(WHY);
    }
}
