// Takes the protocol into the package: it is kept once, beside the node that serves it.
import { cpSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = new URL('..', import.meta.url);
const inTree = new URL('../../lattice.protocol/src/main/protobuf/', here);
if (existsSync(inTree)) {
  cpSync(fileURLToPath(inTree), fileURLToPath(new URL('proto/', here)), { recursive: true });
} else if (!existsSync(new URL('proto/lattice/v1/store.proto', here))) {
  console.error('lattice/v1/store.proto is missing: build in the tree of Lattice.');
  process.exit(1);
}
