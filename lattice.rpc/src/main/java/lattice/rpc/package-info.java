/** The node's door for processes beside it: where it is, and the tokens that open it. */
@Export
@Version("1.0.0")
package lattice.rpc;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
