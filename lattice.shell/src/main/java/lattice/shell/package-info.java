/** How a bundle brings commands: what they take and what they answer, apart from any terminal. */
@Export
@Version("1.0.0")
package lattice.shell;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
