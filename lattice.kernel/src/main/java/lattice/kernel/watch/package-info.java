/** What those who watch a store within the node may promise, and so be told sooner. */
@Export
@Version("1.0.0")
package lattice.kernel.watch;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
