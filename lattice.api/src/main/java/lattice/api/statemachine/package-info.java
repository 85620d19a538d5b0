/** How an application brings deterministic logic of its own to a store. */
@Export
@Version("1.0.0")
package lattice.api.statemachine;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
