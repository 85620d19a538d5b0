/** The store of a Lattice node for a process beside it: the same interface as inside, over the node's socket. */
@Export
@Version("1.0.0")
package lattice.client;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
