// Compiles if the types say what the library does; it is not run.
import { type Change, type Entry, LatticeError, connect, settingsFromEnvironment } from '../src/index.js';

export async function typed(): Promise<string[]> {
  await using store = await connect({ ...settingsFromEnvironment(), patienceMillis: 100 });
  await store.ready([{ protocol: 'http', host: '127.0.0.1', port: 80 }]);
  const entry: Entry | null = await store.get('/a');
  const { position } = await store.put('/a', 'x', { operationId: 'once' });
  await store.batch([{ put: '/a', value: new Uint8Array() }, { delete: '/b' }]);
  const found: string[] = [];
  for await (const change of store.watch('/a', { after: position, signal: AbortSignal.timeout(1) })) {
    const seen: Change = change;
    found.push(seen.key, seen.value?.toString('utf8') ?? 'deleted');
  }
  const result = await store.apply('x', 'y');
  if (result.result === 'refused') {
    found.push(result.reason);
  }
  try {
    for await (const one of store.scan('/a', { limit: 1 })) {
      found.push(one.key);
    }
  } catch (error) {
    if (error instanceof LatticeError && error.isPassing) {
      found.push(error.reason);
    }
  }
  return entry === null ? found : [entry.key, ...found];
}
