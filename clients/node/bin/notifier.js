#!/usr/bin/env node
// Follows prefixes of the store and tells a person, on the desktop or by a web hook, what changed.
import { readFile } from 'node:fs/promises';
import { connect, settingsFromEnvironment } from '../src/index.js';
import { Notifier } from '../src/notifier.js';

try {
  const settings = settingsFromEnvironment();
  if (!process.env.LATTICE_CONFIG) {
    throw new Error('LATTICE_CONFIG is not set: it names the file with the config.');
  }
  const config = JSON.parse(await readFile(process.env.LATTICE_CONFIG, 'utf8'));
  const store = await connect(settings);
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  process.once('SIGINT', () => stop.abort());
  try {
    await new Notifier(store, settings.serviceId, config).run(stop.signal, () => console.log('ready'));
  } finally {
    store.close();
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
