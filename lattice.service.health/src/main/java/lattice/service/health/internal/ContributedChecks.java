package lattice.service.health.internal;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.hc.api.HealthCheck;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The checks that other bundles bring, as Felix Health Checks has it: services of type {@link HealthCheck}, named by
 * {@link HealthCheck#NAME}. Their messages should be steady sentences, with figures in debug entries.
 */
@Component(service = ContributedChecks.class)
public final class ContributedChecks {
    private final Map<HealthCheck, NamedCheck> checks = new ConcurrentHashMap<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void add(HealthCheck check, Map<String, Object> properties) {
        String name = Optional.ofNullable(properties.get(HealthCheck.NAME)).map(Object::toString)
                .orElse(check.getClass().getName());
        checks.put(check, new NamedCheck(name, check));
    }

    void remove(HealthCheck check) {
        checks.remove(check);
    }

    /** Those that are here now, by name. */
    List<NamedCheck> now() {
        return checks.values().stream().sorted(Comparator.comparing(NamedCheck::name)).toList();
    }
}
