'use strict';
// libsnow from Node: every call to the instance is a promise, rows come by `for await`, errors are thrown.
const fs = require('node:fs');
const { promisify } = require('node:util');
const koffi = require('koffi');

// A handshake needs more than the 128 KiB that koffi gives to an asynchronous call.
koffi.config({ async_stack_size: 2 << 20 });

const ABI_VERSION = 0;
const HANDLED = 1397641047;
const DONE = 410;
const OPERATORS = {
    '=': 1, '!=': 2, '<': 3, '<=': 4, '>': 5, '>=': 6, STARTSWITH: 10, ENDSWITH: 11, LIKE: 12, 'NOT LIKE': 13,
    ISEMPTY: 14, ISNOTEMPTY: 15,
};

for (const noun of ['client', 'cursor', 'error', 'query', 'record', 'token'])
    koffi.opaque(`snow_${noun}`);
koffi.alias('snow_status', 'int32_t');
koffi.alias('snow_operator', 'int32_t');
koffi.alias('snow_display', 'int32_t');
const TokenCallback = koffi.proto('int32_t token_told(void *user_data, const snow_token *token)');
koffi.alias('snow_token_fn', koffi.pointer(TokenCallback));
koffi.alias('snow_destroy_fn', 'void *');

const DECLARATIONS = `
const char *snow_version(void);
const char *snow_status_name(snow_status status);
snow_status snow_error_status(const snow_error *error);
const char *snow_error_message(const snow_error *error);
const char *snow_error_instance_message(const snow_error *error);
const char *snow_error_detail(const snow_error *error);
int32_t snow_error_http_status(const snow_error *error);
const char *snow_error_method(const snow_error *error);
const char *snow_error_path(const snow_error *error);
int32_t snow_error_is_retryable(const snow_error *error);
int64_t snow_error_retry_after_ms(const snow_error *error);
int32_t snow_error_maybe_applied(const snow_error *error);
int32_t snow_error_callback_value(const snow_error *error);
void snow_error_free(snow_error *error);
snow_token *snow_token_from_json(const char *json, snow_error **error);
const char *snow_token_json(const snow_token *token, size_t *length);
void snow_token_free(snow_token *token);
snow_client *snow_client_new_basic(const char *instance, const char *user, const char *password, snow_error **error);
snow_client *snow_client_new_oauth(const char *instance, const char *client_id, const char *client_secret, const snow_token *token, snow_error **error);
snow_status snow_set_token_callback(snow_client *client, snow_token_fn callback, void *user_data, snow_destroy_fn destroy, snow_error **error);
snow_status snow_client_login(snow_client *client, const char *user, const char *password, snow_error **error);
snow_status snow_client_set_token(snow_client *client, const snow_token *token, snow_error **error);
snow_token *snow_client_token(const snow_client *client, snow_error **error);
void snow_client_free(snow_client *client);
snow_query *snow_query_new(snow_error **error);
snow_query *snow_query_parse(const char *encoded, snow_error **error);
snow_status snow_query_where(snow_query *query, const char *field, snow_operator op, const char *value, snow_error **error);
snow_status snow_query_order_by(snow_query *query, const char *field, snow_error **error);
snow_status snow_query_fields(snow_query *query, const char *fields, snow_error **error);
snow_status snow_query_limit(snow_query *query, uint64_t rows, snow_error **error);
snow_status snow_query_display_value(snow_query *query, snow_display form, snow_error **error);
void snow_query_free(snow_query *query);
snow_record *snow_record_from_json(const char *json, size_t length, snow_error **error);
const char *snow_record_json(const snow_record *record, size_t *length);
void snow_record_free(snow_record *record);
snow_status snow_cursor_next(snow_cursor *cursor, const snow_record **row, snow_error **error);
void snow_cursor_free(snow_cursor *cursor);
snow_record *snow_table_get(snow_client *client, const char *table, const char *sys_id, const snow_query *query, snow_error **error);
snow_cursor *snow_table_list(snow_client *client, const char *table, const snow_query *query, snow_error **error);
snow_record *snow_table_create(snow_client *client, const char *table, const snow_record *record, const snow_query *query, snow_error **error);
snow_record *snow_table_update(snow_client *client, const char *table, const char *sys_id, const snow_record *record, const snow_query *query, snow_error **error);
snow_status snow_table_delete(snow_client *client, const char *table, const char *sys_id, const snow_query *query, snow_error **error);`;

/** Every declared function, by its name. */
const snow = load(process.env.SNOW_LIBRARY || 'libsnow.so.0');

function load(path) {
    let library;
    try {
        library = koffi.load(path);
    } catch (reason) {
        throw new Error(`${problem(path, reason.message)} (${reason.message})`);
    }
    const abi = declared(library, path, 'uint32_t snow_abi_version(void)')();
    if (abi !== ABI_VERSION)
        throw new Error(`${path} has the binary interface ${abi}, and snow.js is for ${ABI_VERSION}: ` +
            'take both from the same version of libsnow');
    // What a function writes, koffi copies into an array.
    const prototypes = DECLARATIONS.replace(/snow_error \*\*|const snow_record \*\*/g, '_Out_ $&').trim().split(';\n');
    return Object.fromEntries(prototypes.map((line) => [nameIn(line), declared(library, path, line)]));
}

function declared(library, path, prototype) {
    try {
        return library.func(prototype);
    } catch (reason) {
        throw new Error(`${path} has no ${nameIn(prototype)}(), so it is no libsnow, or an older one than snow.js is for: ` +
            `take both from the same version of libsnow (${reason.message})`);
    }
}

function nameIn(prototype) {
    return /snow_\w+(?=\()/.exec(prototype)[0];
}

/** Why a library cannot be loaded, and what to do. */
function problem(path, reason) {
    if (!path.includes('/') || !fs.existsSync(path))
        return `libsnow was not found as ${path}: install it where the loader of the system looks ` +
            '(ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path';
    const [theirs, own] = [path, process.execPath].map(architecture);
    if (theirs === undefined)
        return `${path} is no shared library: set SNOW_LIBRARY to the path of a libsnow.so`;
    if (theirs !== own)
        return `${path} is for ${theirs}, and this Node is for ${own}: build libsnow on this machine`;
    if (reason.includes('GLIBC'))
        return `${path} was built on a newer system than this: build libsnow here, or on one as old`;
    return `${path} cannot be loaded: build libsnow on this machine`;
}

/** What a program or library in ELF is for; undefined for anything else. */
function architecture(path) {
    const head = fs.readFileSync(path).subarray(0, 20);
    if (head.length < 20 || head.toString('latin1', 0, 4) !== '\x7fELF')
        return undefined;
    const machine = head[5] === 1 ? head.readUInt16LE(18) : head.readUInt16BE(18);
    const known = { 3: 'x86', 21: 'ppc64', 22: 's390x', 40: 'arm', 62: 'x86_64', 183: 'aarch64', 243: 'riscv' };
    return `${known[machine] ?? `the machine ${machine} of ELF`} (${32 * head[4]} bits)`;
}

/** What went wrong, as libsnow says it: `include/snow.h` under "Errors" tells each field. */
class SnowError extends Error {
    constructor(error) {
        super(snow.snow_error_message(error));
        this.name = 'SnowError';
        this.status = snow.snow_error_status(error);
        this.statusName = snow.snow_status_name(this.status);
        this.instanceMessage = snow.snow_error_instance_message(error);
        this.detail = snow.snow_error_detail(error);
        this.httpStatus = snow.snow_error_http_status(error);
        this.method = snow.snow_error_method(error);
        this.path = snow.snow_error_path(error);
        this.retryable = snow.snow_error_is_retryable(error) === 1;
        this.retryAfterMs = Number(snow.snow_error_retry_after_ms(error));
        this.maybeApplied = snow.snow_error_maybe_applied(error) === 1;
        this.callbackValue = snow.snow_error_callback_value(error);
        snow.snow_error_free(error);
    }
}

/** What callbacks threw, by the value that libsnow was given for it and keeps in its error. */
const thrown = new Map();
let throws = 0;

function raise(error) {
    const reason = new SnowError(error);
    const cause = thrown.get(reason.callbackValue);
    thrown.delete(reason.callbackValue);
    throw cause === undefined ? reason : cause.value;
}

/** A function that reaches no instance, here and now. */
function now(name, ...args) {
    const error = [null];
    const result = snow[name](...args, error);
    if (error[0]) raise(error[0]);
    return result;
}

/** A function that reaches the instance, on a thread of Node's pool; callbacks run here meanwhile. */
async function later(name, ...args) {
    const error = [null];
    const result = await promisify(snow[name].async)(...args, error);
    if (error[0]) raise(error[0]);
    return result;
}

/**
 * Which rows, in what order and form; each method returns the query. It is a description, which any number of
 * calls may use at once: each makes libsnow's query of it, and says what is wrong with it.
 */
class Query {
    #encoded;
    #steps = [];
    /** @param {string} [encoded] conditions as ServiceNow encodes them; see also where() */
    constructor(encoded) { this.#encoded = encoded; }
    /** @param {string} operator as ServiceNow writes it: `=`, `!=`, `STARTSWITH`, `LIKE`, ... */
    where(field, operator, value = null) {
        const op = OPERATORS[operator];
        if (op === undefined)
            throw new RangeError(`operator ${operator}: accepted are ${Object.keys(OPERATORS).join(', ')}`);
        return this.#step('where', field, op, value === null ? null : String(value));
    }
    orderBy(field) { return this.#step('order_by', field); }
    fields(...names) { return this.#step('fields', names.join(',')); }
    limit(rows) { return this.#step('limit', rows); }
    /** Display values in place of the stored ones. */
    displayValue() { return this.#step('display_value', 1); }
    #step(what, ...args) {
        this.#steps.push([`snow_query_${what}`, ...args]);
        return this;
    }
    static async with(query, use) {
        if (!query) return use(null);
        const handle = query.#encoded === undefined ? now('snow_query_new') : now('snow_query_parse', query.#encoded);
        try {
            for (const [name, ...args] of query.#steps) now(name, handle, ...args);
            return await use(handle);
        } finally {
            snow.snow_query_free(handle);
        }
    }
}

/** One instance. Any number of calls may be under way at once; close() it in the end. */
class Client {
    #handle;
    #callback = null;
    #calls = new Set();
    constructor(handle) { this.#handle = handle; }

    static basic(instance, user, password) {
        return new Client(now('snow_client_new_basic', instance, user, password));
    }
    /** @param {object} [token] a token from before, as the token callback was given it */
    static oauth(instance, clientId, clientSecret, token) {
        return withToken(token, (handle) =>
            new Client(now('snow_client_new_oauth', instance, clientId, clientSecret, handle)));
    }
    /** @param {(token: object) => void} told of each new token, before the call that needed it goes on */
    onToken(told) {
        const callback = koffi.register((_, token) => {
            try {
                told(JSON.parse(snow.snow_token_json(token, null)));
                return HANDLED;
            } catch (value) {
                throws = (throws % 1000000) + 1;
                thrown.set(throws, { value });
                return throws;
            }
        }, koffi.pointer(TokenCallback));
        now('snow_set_token_callback', this.#open(), callback, null, null);
        // A call that is under way may still run the one before.
        const before = this.#callback;
        if (before) Promise.allSettled([...this.#calls]).then(() => koffi.unregister(before));
        this.#callback = callback;
    }
    login(user, password) { return this.#call('snow_client_login', user, password); }
    setToken(token) { withToken(token, (handle) => now('snow_client_set_token', this.#open(), handle)); }
    token() {
        const handle = now('snow_client_token', this.#open());
        try { return JSON.parse(snow.snow_token_json(handle, null)); } finally { snow.snow_token_free(handle); }
    }
    async get(table, sysId, query) {
        return taken(await Query.with(query, (handle) => this.#call('snow_table_get', table, sysId, handle)));
    }
    /** The rows of a table: `for await (const row of client.list('incident', query))`. */
    async *list(table, query) {
        const cursor = await Query.with(query, (handle) => this.#call('snow_table_list', table, handle));
        try {
            const row = [null];
            while (await this.#track(later('snow_cursor_next', cursor, row)) !== DONE)
                yield JSON.parse(snow.snow_record_json(row[0], null));
        } finally {
            snow.snow_cursor_free(cursor);
        }
    }
    create(table, fields) {
        return withRecord(fields, (record) => this.#call('snow_table_create', table, record, null));
    }
    update(table, sysId, fields) {
        return withRecord(fields, (record) => this.#call('snow_table_update', table, sysId, record, null));
    }
    async delete(table, sysId) { await this.#call('snow_table_delete', table, sysId, null); }
    /** Waits for what is under way, and frees the client. */
    async close() {
        const handle = this.#handle;
        this.#handle = null;
        await Promise.allSettled([...this.#calls]);
        snow.snow_client_free(handle);
        if (handle && this.#callback) koffi.unregister(this.#callback);
    }
    #open() {
        if (!this.#handle) throw new Error('the client is closed');
        return this.#handle;
    }
    async #call(name, ...args) { return this.#track(later(name, this.#open(), ...args)); }
    #track(call) {
        this.#calls.add(call);
        const done = () => this.#calls.delete(call);
        call.then(done, done);
        return call;
    }
}

function withToken(token, use) {
    const handle = token ? now('snow_token_from_json', JSON.stringify(token)) : null;
    try { return use(handle); } finally { snow.snow_token_free(handle); }
}

async function withRecord(fields, use) {
    const json = JSON.stringify(fields);
    const record = now('snow_record_from_json', json, Buffer.byteLength(json));
    try { return taken(await use(record)); } finally { snow.snow_record_free(record); }
}

/** The fields of a record, which is freed. */
function taken(record) {
    try { return JSON.parse(snow.snow_record_json(record, null)); } finally { snow.snow_record_free(record); }
}

module.exports = { Client, Query, SnowError, version: snow.snow_version() };
