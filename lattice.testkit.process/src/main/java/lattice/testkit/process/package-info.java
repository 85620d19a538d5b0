/** Real nodes in processes of their own: starting them, telling them what to do, waiting, and ending them. */
@Export
@Version("1.0.0")
package lattice.testkit.process;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
