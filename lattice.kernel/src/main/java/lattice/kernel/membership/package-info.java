/** Who belongs to a mesh, which meshes a node belongs to, and how that is changed. */
@Export
@Version("1.0.0")
package lattice.kernel.membership;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
