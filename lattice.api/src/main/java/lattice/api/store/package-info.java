/** The replicated, ordered, offline-first map that services read, write and watch. */
@Export
@Version("1.0.0")
package lattice.api.store;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
