/** What a service is written against: its provider, its instances and their context. */
@Export
@Version("1.0.0")
package lattice.api.service;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
