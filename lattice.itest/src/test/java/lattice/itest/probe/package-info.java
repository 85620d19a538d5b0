/** What provider bundles that tests make at run time share with the tests. */
@Export
@Version("1.0.0")
package lattice.itest.probe;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
