/** For the tests of those who write services: a store and a node in memory, and what every store promises, as tests. */
@Export
@Version("1.0.0")
package lattice.testkit;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
