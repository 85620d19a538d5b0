/** What the registry and whoever runs services as processes need of each other. */
@Export
@Version("1.0.0")
package lattice.registry.process;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
