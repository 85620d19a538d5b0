// The client against a node, which restarts its side of the socket when /t/control/restart is written.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { connect, settingsFromEnvironment } from '../src/index.js';

const skip = process.env.LATTICE_SOCKET ? false
  : 'LATTICE_SOCKET is not set: these tests need a node; the tests of lattice.rpc run them with one';
let store;

before(async () => {
  if (!skip) {
    store = await connect();
  }
});

beforeEach(async () => {
  if (!skip) {
    for await (const entry of store.scan('/t')) {
      await store.delete(entry.key);
    }
  }
});

after(() => store?.close());

async function collect(changes, count) {
  const found = [];
  for await (const change of changes) {
    found.push(change);
    if (found.length === count) {
      break;
    }
  }
  return found;
}

async function texts(entries) {
  const found = [];
  for await (const entry of entries) {
    found.push(entry.value.toString());
  }
  return found;
}

const reason = (name) => (error) => {
  assert.equal(error.reason, name);
  assert.match(error.message, /\.$/);
  return true;
};

test('it says that it is ready', { skip }, async () => {
  await store.ready();
  await store.ready([{ protocol: 'http', host: '127.0.0.1', port: 8088 }]);
  await assert.rejects(store.ready([{ protocol: 'http', host: '127.0.0.1', port: 0 }]), reason('INVALID_REQUEST'));
});

test('a value comes back', { skip }, async () => {
  const receipt = await store.put('/t/a', new Uint8Array([0, 255]));
  const entry = await store.get('/t/a');
  assert.deepEqual([...entry.value], [0, 255]);
  assert.deepEqual(entry.version, receipt.version);
  assert.equal(entry.revision, receipt.position.revision);
  assert.equal(entry.version.node, store.node);
  assert.ok(Math.abs(entry.version.millis - Date.now()) < 600_000);
  await store.delete('/t/a');
  assert.equal(await store.get('/t/a'), null);
  await store.put('/t/empty', '');
  assert.equal((await store.get('/t/empty')).value.length, 0);
});

test('a batch is one', { skip }, async () => {
  await store.put('/t/gone', 'x');
  const receipt = await store.batch([{ put: '/t/a', value: '1' }, { put: '/t/b', value: '2' }, { delete: '/t/gone' }]);
  const entries = await collect(store.scan('/t'), 10);
  assert.deepEqual(entries.map((entry) => entry.key), ['/t/a', '/t/b']);
  assert.ok(entries.every((entry) => entry.revision === receipt.position.revision));
});

test('a scan is in order and keeps to its limit', { skip }, async () => {
  const numbers = Array.from({ length: 1200 }, (_, i) => String(i));
  await store.batch(numbers.map((value) => ({ put: `/t/${value.padStart(4, '0')}`, value })));
  assert.deepEqual(await texts(store.scan('/t')), numbers);
  assert.deepEqual(await texts(store.scan('/t', { after: '/t/0009', limit: 3 })), ['10', '11', '12']);
});

test('history says who wrote what', { skip }, async () => {
  await store.put('/t/h', '1');
  await store.delete('/t/h');
  const [first, second] = await store.history('/t/h');
  assert.deepEqual([first.value, first.outcome, first.service],
    [null, 'current', process.env.LATTICE_SERVICE_ID]);
  assert.deepEqual([second.value.toString(), second.outcome], ['1', 'overwritten']);
});

test('an operation is done once', { skip }, async () => {
  const first = await store.put('/t/a', '1', { operationId: 'node-op' });
  await store.put('/t/a', '2');
  assert.deepEqual(await store.put('/t/a', '1', { operationId: 'node-op' }), first);
  assert.equal((await store.get('/t/a')).value.toString(), '2');
});

test('a command', { skip }, async () => {
  assert.equal((await store.apply('test.set', 'by command')).result, 'applied');
  assert.equal((await store.get('/t/register')).value.toString(), 'by command');
  await assert.rejects(store.apply('test.unknown', ''), reason('NO_STATE_MACHINE'));
});

test('what is wrong is said', { skip }, async () => {
  await assert.rejects(store.get('/secret'), reason('DENIED'));
  await assert.rejects(store.put('/services/x/config', '{}'), reason('DENIED'));
  await assert.rejects(store.put('no-slash', 'x'), reason('INVALID_KEY'));
  await assert.rejects(collect(store.watch('/t', { after: { logId: 'another', revision: 1n } }), 1), reason('LOG_CHANGED'));
  const settings = settingsFromEnvironment();
  await assert.rejects(connect({ ...settings, token: settings.token.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')) }),
    reason('TOKEN_REFUSED'));
  assert.throws(() => settingsFromEnvironment({}), /LATTICE_SOCKET is not set/);
});

test('nobody there', { skip }, async () => {
  await assert.rejects(connect({ target: 'unix:/nonexistent/lattice.sock', serviceId: 'a.b', token: 'x', patienceMillis: 300 }),
    reason('UNREACHABLE'));
});

test('a watch sees the past and then the present', { skip }, async () => {
  const start = await store.position();
  await store.put('/t/a', '1');
  const watching = collect(store.watch('/t', { after: start }), 3);
  await store.batch([{ put: '/t/b', value: '2' }, { delete: '/t/a' }]);
  const found = await watching;
  assert.deepEqual(found.map((change) => [change.key, change.value?.toString() ?? null, change.last]),
    [['/t/a', '1', true], ['/t/b', '2', false], ['/t/a', null, true]]);
  assert.equal(found[0].service, process.env.LATTICE_SERVICE_ID);
});

test('a watch ends when it is told to', { skip }, async () => {
  const stop = new AbortController();
  const watching = collect(store.watch('/t', { signal: stop.signal, onCaughtUp: () => stop.abort() }), 1);
  assert.deepEqual(await watching, []);
});

test('it goes on when the node is back', { skip }, async () => {
  let watching;
  await new Promise((done) => {
    watching = collect(store.watch('/t/r', { onCaughtUp: done }), 21);
  });
  await store.put('/t/control/restart', 'now');
  for (let i = 0; i < 20; i++) {
    await store.put(`/t/r/${i}`, String(i));
  }
  const keys = (await watching).map((change) => change.key).sort();
  assert.deepEqual(keys, ['/t/r/missed', ...Array.from({ length: 20 }, (_, i) => `/t/r/${i}`)].sort());
});

test('follow begins with what is there', { skip }, async () => {
  await store.put('/t/f/a', '1');
  const watching = collect(store.follow('/t/f'), 2);
  await store.put('/t/f/b', '2');
  assert.deepEqual((await watching).map((change) => change.key), ['/t/f/a', '/t/f/b']);
});
