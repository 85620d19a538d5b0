package lattice.service.health.internal;

import org.apache.felix.hc.api.HealthCheck;

/**
 * A check and what people call it.
 *
 * @param name such as {@code disk}
 * @param check looks at one thing
 */
record NamedCheck(String name, HealthCheck check) {
}
