/** What the bundles of the node itself need of its kernel; services use lattice.api instead. */
@Export
@Version("1.0.0")
package lattice.kernel.node;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
