// What the example does not show: errors that callbacks throw, many calls at once, worker threads.
const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { once } = require('node:events');
const { createServer } = require('node:http');
const { setTimeout } = require('node:timers/promises');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { Worker, isMainThread, parentPort, threadId, workerData } = require('node:worker_threads');
const { snow } = require('./library.js');
const { Client, Query, SnowError } = require('./snow.js');

const { SNOW_INSTANCE } = process.env;
const oauth = () => Client.oauth(SNOW_INSTANCE, 'snow-client', 'snow-secret');

/** One renewal for many calls, told on the thread that this runs on. */
async function manyCallsAtOnce() {
    const client = oauth();
    const tokens = [];
    client.onToken((token) => tokens.push([token, threadId]));
    await client.login('admin', 'admin');
    client.setToken({ ...client.token(), expires_at: 1 });
    const limited = new Query().limit(5);
    const counts = await Promise.all(Array.from({ length: 64 }, async () => {
        let rows = 0;
        for await (const row of client.list('incident', limited)) rows += row.number.startsWith('INC') ? 1 : 0;
        return rows;
    }));
    assert.deepEqual(counts, Array(64).fill(5));
    assert.equal(tokens.length, 2);
    assert.ok(tokens.every(([, thread]) => thread === threadId));
    assert.deepEqual(client.token(), tokens[1][0]);
    await client.close();
}

async function errors() {
    const client = oauth();
    await assert.rejects(client.get('incident', '0'), (error) =>
        error instanceof SnowError && error.statusName === 'SNOW_NO_TOKEN' && !error.retryable);
    const mine = new RangeError('the disk is full');
    client.onToken(() => { throw mine; });
    await assert.rejects(client.login('admin', 'admin'), (error) => error === mine);
    client.onToken(() => { throw undefined; });
    await assert.rejects(client.login('admin', 'admin'), (error) => error === undefined);
    for (const operator of ['~', 'toString', '__proto__', undefined])
        assert.throws(() => new Query().where('active', operator, 'x'), /operator .*: accepted are =/);
    await assert.rejects(client.get('incident', '0', new Query().where('a^b', '=', 'x')), /field/);

    const made = await client.create('incident', { short_description: 'naïve 😀' });
    assert.equal(made.short_description, 'naïve 😀');
    assert.equal((await client.update('incident', made.sys_id, { state: '2' })).state, '2');
    const display = new Query().fields('state').displayValue();
    assert.equal((await client.get('incident', made.sys_id, display)).state, 'In Progress');
    await client.delete('incident', made.sys_id);
    await assert.rejects(client.get('incident', made.sys_id), { status: 313, httpStatus: 404, method: 'GET' });

    const count = [null];
    await client.call('snow_table_count', 'incident', null, count);
    assert.ok(count[0] >= 75);
    await assert.rejects(client.call('snow_table_count', 'incident', null, 4711), /^TypeError: count of .* is a number/);
    await assert.rejects(client.call('snow_table_count', 'incident', 4711, count), /^TypeError: query of .* is a number/);

    // A loop that is left frees its cursor; a client that is closed answers nobody.
    for await (const row of client.list('incident')) { assert.ok(row.sys_id); break; }
    const last = client.get('incident', '0');
    await Promise.all([client.close(), assert.rejects(last, SnowError)]);
    await assert.rejects(client.get('incident', '0'), /closed/);
}

/** Rows that are asked for after close() are refused, whatever their token needs; the one under way comes. */
async function rowsOfAClosedClient() {
    const client = oauth();
    let tokens = 0;
    client.onToken(() => { tokens += 1; });
    await client.login('admin', 'admin');
    const rows = client.list('incident', new Query().limit(3));
    assert.ok((await rows.next()).value.sys_id);
    client.setToken({ ...client.token(), expires_at: 1 });
    const underWay = rows.next();
    await client.close();
    assert.ok((await underWay).value.sys_id);
    await assert.rejects(rows.next(), /closed/);
    assert.equal(tokens, 1);
}

/** A callback that is not set keeps none of the 8,192 places that koffi has. */
async function callbacksThatAreNotSet() {
    const client = Client.basic(SNOW_INSTANCE, 'admin', 'admin');
    for (let times = 0; times < 8200; times += 1)
        assert.throws(() => client.onToken(() => {}), { statusName: 'SNOW_INVALID_ARGUMENT' });
    await client.close();
    for (let times = 0; times < 8200; times += 1) assert.throws(() => client.onToken(() => {}), /closed/);
}

/** Lists that are dropped between two rows are freed when the collector comes by. */
async function lists() {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const client = Client.basic(SNOW_INSTANCE, 'admin', 'admin');
    const free = snow.snow_cursor_free;
    let freed = 0;
    snow.snow_cursor_free = (cursor) => { freed += 1; free(cursor); };
    for (let dropped = 0; dropped < 10; dropped += 1) await client.list('incident', new Query().limit(2)).next();
    for (let turns = 0; freed < 9 && turns < 200; turns += 1) {
        collect();
        await setTimeout(10);
    }
    snow.snow_cursor_free = free;
    assert.ok(freed >= 9, `${freed} are freed`);
    await client.close();
}

/** Times and numbers as an instance writes them. */
async function values() {
    const client = Client.basic(SNOW_INSTANCE, 'admin', 'admin');
    const at = new Date('2026-01-02T03:04:05.678Z');
    const made = await client.create('incident', { opened_at: at, short_description: '1000000000000000000000' });
    assert.equal(made.opened_at, '2026-01-02 03:04:05');
    const query = new Query(`sys_id=${made.sys_id}`).where('opened_at', '=', at).where('short_description', '=', 1e21);
    assert.equal((await client.list('incident', query).next()).value.sys_id, made.sys_id);
    const other = [[], ['INC0000001'], {}, NaN, Infinity, 1e-7, () => 1, Symbol('x')];
    const refused = /^TypeError: value is .* accepted/;
    for (const value of other) assert.throws(() => new Query().where('number', '=', value), refused);
    for (const time of [NaN, 253402300800000, -62167219200001])
        assert.throws(() => new Query().where('opened_at', '=', new Date(time)), RangeError);
    await client.delete('incident', made.sys_id);
    await client.close();
}

/** A record is written as its JSON says, but for times, of which an instance has a form of its own. */
async function records() {
    const client = Client.basic(SNOW_INSTANCE, 'admin', 'admin');
    class Model {
        isNew = true;
        constructor(values) { this.values = values; }
        toJSON() { return this.values; }
    }
    const at = new Date('2026-01-02T03:04:05.678Z');
    const made = await client.create('incident', new Model({ short_description: 'of a model', opened_at: at }));
    assert.deepEqual([made.short_description, made.opened_at], ['of a model', '2026-01-02 03:04:05']);
    await assert.rejects(client.create('incident', { opened_at: new Date(NaN) }), RangeError);
    await client.delete('incident', made.sys_id);
    await client.close();
}

/** A process ends at once, and as it should, while calls need its callback. */
async function ends() {
    const begun = `
        const { Client } = require(${JSON.stringify(require.resolve('./snow.js'))});
        const client = Client.oauth(process.env.SNOW_INSTANCE, 'snow-client', 'snow-secret');
        client.onToken(() => told());
        let told = () => {};
        process.on('exit', (code) => console.log('ended', code));
        for (let calls = 0; calls < 8; calls += 1) client.login('admin', 'admin').catch(() => {});`;
    const ways = {
        'process.exit(3)': 3,
        'setImmediate(() => { throw new Error("on purpose"); })': 1,
        'told = () => process.exit(3)': 3,
        // Meanwhile the calls come to their callback, which never begins.
        'for (const now = Date.now(); Date.now() < now + 1000;); process.exit(3)': 3,
    };
    await Promise.all(Object.entries(ways).map(async ([way, code]) => {
        const [failed, stdout] = await new Promise((resolve) => execFile(process.execPath, ['-e', `${begun}\n${way}`],
            { timeout: 30000, killSignal: 'SIGKILL' }, (...args) => resolve(args)));
        assert.deepEqual([failed?.code, stdout], [code, `ended ${code}\n`], way);
    }));
}

/** However many clients are stuck, a process waits for one. */
async function endsWithManyClients() {
    const program = `
        const { Client } = require(${JSON.stringify(require.resolve('./snow.js'))});
        for (let clients = 0; clients < 12; clients += 1) {
            const client = Client.oauth(process.env.SNOW_INSTANCE, 'snow-client', 'snow-secret');
            client.onToken(() => {});
            client.login('admin', 'admin').catch(() => {});
        }
        for (const now = Date.now(); Date.now() < now + 1000;);
        process.exit(3);`;
    // One after the other they would take longer than it may.
    const options = { env: { ...process.env, UV_THREADPOOL_SIZE: '12' }, timeout: 20000 };
    const failed = await new Promise((resolve) => execFile(process.execPath, ['-e', program], options, resolve));
    assert.equal(failed.code, 3);
}

/** A worker that ends cancels the calls of all its clients, also from inside a callback. */
async function workersEnd() {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const program = `
        const { Client } = require(${JSON.stringify(require.resolve('./snow.js'))});
        Client.basic('http://127.0.0.1:${silent.address().port}', 'a', 'b').get('incident', '0').catch(() => {});
        const client = Client.oauth(process.env.SNOW_INSTANCE, 'snow-client', 'snow-secret');
        client.onToken(() => process.exit(3));
        client.login('admin', 'admin').catch(() => {});`;
    const ended = once(new Worker(program, { eval: true }), 'exit');
    // A call that is not cancelled ends after two minutes.
    assert.deepEqual(await Promise.race([ended, setTimeout(100000, 'it does not end', { ref: false })]), [3]);
    silent.close();
}

/** What C would take for something else is refused before it gets there. */
async function whatCannotBeSaid() {
    const client = Client.basic(SNOW_INSTANCE, 'admin', 'admin');
    const made = await client.create('incident', { short_description: 'stays' });
    const cut = client.delete('incident', `${made.sys_id}\0' OR 1`);
    await assert.rejects(cut, /sys_id of snow_table_delete\(\) has a NUL/);
    assert.throws(() => Client.basic(SNOW_INSTANCE, 'admin', 'admin\0'), /password of .* has a NUL/);
    // A number would be an address, and none is shown, since it may be a secret.
    for (const other of [4711, 4711n])
        assert.throws(() => Client.basic(SNOW_INSTANCE, 'admin', other), (error) => error instanceof TypeError &&
            error.message === `password of snow_client_new_basic() is a ${typeof other}: accepted are texts`);
    await assert.rejects(client.get('incident', 4711), /sys_id of snow_table_get\(\) is a number/);
    // Bytes have no end that C would see.
    for (const other of [Buffer.from('admin'), ['admin'], {}, true])
        assert.throws(() => Client.basic(SNOW_INSTANCE, 'admin', other), /password of .* is a \w+: accepted are texts/);
    const rows = (query) => client.list('incident', query).next();
    await assert.rejects(rows(new Query().where('number', 'STARTSWITH', 'INC\0')), /value of .* has a NUL/);
    await assert.rejects(rows(new Query('active=true\0')), /NUL/);
    // Texts that were cut inside of a character.
    await assert.rejects(rows(new Query().where('number', '=', 'cut \ud83d')), /value of .* has half a pair/);
    await assert.rejects(rows(new Query('number=\ude00')), /encoded of .* has half a pair/);
    await assert.rejects(client.create('incident', { short_description: 'cut \ud83d' }), /hex escape/);
    const refused = { name: 'RangeError', message: /^rows of .* whole numbers from 0/ };
    for (const limit of [-1, 2.7, NaN, '3', 2n ** 64n])
        await assert.rejects(rows(new Query().limit(limit)), refused);
    assert.ok((await rows(new Query().limit(2n ** 64n - 1n))).value.sys_id);
    await client.delete('incident', made.sys_id);
    await client.close();
}

async function main() {
    await manyCallsAtOnce();
    if (!isMainThread) return parentPort.postMessage(workerData);
    await errors();
    await rowsOfAClosedClient();
    await callbacksThatAreNotSet();
    await whatCannotBeSaid();
    await lists();
    await values();
    await records();
    await ends();
    await endsWithManyClients();
    await workersEnd();
    const workers = [1, 2, 3, 4].map((each) => new Promise((resolve, reject) => {
        const worker = new Worker(__filename, { workerData: each });
        worker.on('message', resolve).on('error', reject);
    }));
    assert.deepEqual(await Promise.all(workers), [1, 2, 3, 4]);
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
