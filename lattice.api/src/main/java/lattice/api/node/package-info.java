/** What a service may know of the node that it runs on. */
@Export
@Version("1.0.0")
package lattice.api.node;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
