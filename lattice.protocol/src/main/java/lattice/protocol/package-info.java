/** How the values and errors of a store become those of the store protocol and back, the same at both ends. */
@Export
@Version("1.0.0")
package lattice.protocol;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
