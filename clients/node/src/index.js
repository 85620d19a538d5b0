export { LatticeError } from './errors.js';
export { Store, connect, settingsFromEnvironment } from './store.js';
