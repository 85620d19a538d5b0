/** What replication between nodes needs of a store: its signed commits, out and in. */
@Export
@Version("1.0.0")
package lattice.kernel.replication;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
