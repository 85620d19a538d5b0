/** The names of nodes, stores and services. */
@Export
@Version("1.0.0")
package lattice.api.id;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
