/** The owner's word about services: what is consented to, what asks for consent, and what follows from both. */
@Export
@Version("1.0.0")
package lattice.consent;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
