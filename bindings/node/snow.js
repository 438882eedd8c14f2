'use strict';
// libsnow from Node: every call to the instance is a promise, rows come by `for await`, errors are thrown.
const { inspect } = require('node:util');
const koffi = require('koffi');
const { clients, constants, inCallback, later, now, snow, SnowError } = require('./library.js');

const OPERATORS = {
    // Without what every object has, such as toString.
    __proto__: null,
    '=': 'EQ', '!=': 'NE', '<': 'LT', '<=': 'LE', '>': 'GT', '>=': 'GE', STARTSWITH: 'STARTS_WITH',
    ENDSWITH: 'ENDS_WITH', LIKE: 'CONTAINS', 'NOT LIKE': 'NOT_CONTAINS', ISEMPTY: 'IS_EMPTY',
    ISNOTEMPTY: 'IS_NOT_EMPTY',
};

/**
 * Which rows, in what order and form; each method returns the query. It is a description, which any number of
 * calls may use at once: each makes libsnow's query of it, and says what is wrong with it.
 */
class Query {
    #encoded;
    #steps = [];
    /** @param {string} [encoded] conditions as ServiceNow encodes them; see also where() */
    constructor(encoded = '') { this.#encoded = encoded; }
    /** @param {string} operator as ServiceNow writes it: `=`, `!=`, `STARTSWITH`, `LIKE`, ... */
    where(field, operator, value = null) {
        const name = OPERATORS[operator];
        if (name === undefined)
            throw new RangeError(`operator ${operator}: accepted are ${Object.keys(OPERATORS).join(', ')}`);
        return this.#step('where', field, constants[`SNOW_${name}`], condition(value));
    }
    orderBy(field) { return this.#step('order_by', field); }
    fields(...names) { return this.#step('fields', names.join(',')); }
    limit(rows) { return this.#step('limit', rows); }
    /** Display values in place of the stored ones. */
    displayValue() { return this.#step('display_value', constants.SNOW_DISPLAY_TRUE); }
    #step(what, ...args) {
        this.#steps.push([`snow_query_${what}`, ...args]);
        return this;
    }
    static async with(query, use) {
        if (!query) return use(null);
        const handle = now('snow_query_parse', query.#encoded);
        try {
            for (const [name, ...args] of query.#steps) now(name, handle, ...args);
            return await use(handle);
        } finally {
            snow.snow_query_free(handle);
        }
    }
}

/** A time as an instance writes it, in UTC; else the value itself. */
function written(value) {
    if (!(value instanceof Date)) return value;
    // What is no time throws a RangeError.
    const text = value.toISOString();
    // Longer ones begin with a sign, and six digits.
    if (text.length > 24) throw new RangeError(`a time is ${text}: accepted are the years from 0 to 9999`);
    return text.slice(0, 19).replace('T', ' ');
}

/** The text of a value in a condition. */
function condition(value) {
    if (value === null) return null;
    if (Number.isInteger(value)) return String(BigInt(value));
    const text = String(written(value));
    const accepted = value instanceof Date || ['string', 'boolean', 'bigint'].includes(typeof value) ||
        (typeof value === 'number' && !/[a-z]/i.test(text));
    if (accepted) return text;
    throw new TypeError(`value is ${inspect(value)}: accepted are texts, numbers that need no exponent, bigints, ` +
        'booleans, dates and null');
}

/** Frees the cursors of lists that nobody reads on. */
const dropped = new FinalizationRegistry((cursor) => snow.snow_cursor_free(cursor));

/** One instance. Any number of calls may be under way at once; close() it in the end. */
class Client {
    #handle;
    #callback = null;
    #calls = new Set();
    constructor(handle) {
        this.#handle = handle;
        clients.add(handle);
    }

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
        const callback = koffi.register(
            (_, token) => inCallback(() => told(JSON.parse(snow.snow_token_json(token, null)))), 'snow_token_fn');
        try {
            now('snow_set_token_callback', this.#open(), callback, null, null);
        } catch (reason) {
            // koffi has places for 8,192 in a process.
            koffi.unregister(callback);
            throw reason;
        }
        // A call that is under way may still run the one before.
        const before = this.#callback;
        if (before) Promise.allSettled([...this.#calls]).then(() => koffi.unregister(before));
        this.#callback = callback;
    }
    login(user, password) { return this.call('snow_client_login', user, password); }
    setToken(token) { withToken(token, (handle) => now('snow_client_set_token', this.#open(), handle)); }
    token() {
        const handle = now('snow_client_token', this.#open());
        try { return JSON.parse(snow.snow_token_json(handle, null)); } finally { snow.snow_token_free(handle); }
    }
    async get(table, sysId, query) {
        return taken(await Query.with(query, (handle) => this.call('snow_table_get', table, sysId, handle)));
    }
    /** The rows of a table: `for await (const row of client.list('incident', query))`. */
    async *list(table, query) {
        const cursor = await Query.with(query, (handle) => this.call('snow_table_list', table, handle));
        // A loop that is left frees it; one that is dropped between two next() runs no finally.
        const held = {};
        dropped.register(held, cursor, held);
        try {
            const row = [null];
            // A cursor would outlive the client, but the token callback does not.
            while (this.#open() && await this.#track(later('snow_cursor_next', cursor, row)) !== constants.SNOW_DONE)
                yield JSON.parse(snow.snow_record_json(row[0], null));
        } finally {
            dropped.unregister(held);
            snow.snow_cursor_free(cursor);
        }
    }
    create(table, fields) {
        return withRecord(fields, (record) => this.call('snow_table_create', table, record, null));
    }
    update(table, sysId, fields) {
        return withRecord(fields, (record) => this.call('snow_table_update', table, sysId, record, null));
    }
    async delete(table, sysId) { await this.call('snow_table_delete', table, sysId, null); }
    /** Any function that begins with the client, has an error and reaches the instance. */
    async call(name, ...args) { return this.#track(later(name, this.#open(), ...args)); }
    /** Waits for what is under way, and frees the client. */
    async close() {
        const handle = this.#handle;
        this.#handle = null;
        await Promise.allSettled([...this.#calls]);
        clients.delete(handle);
        snow.snow_client_free(handle);
        if (handle && this.#callback) koffi.unregister(this.#callback);
    }
    #open() {
        if (!this.#handle) throw new Error('the client is closed');
        return this.#handle;
    }
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
    // What JSON.stringify() gives as the value of a Date is a text already.
    const json = JSON.stringify(fields, function each(name, value) {
        return this[name] instanceof Date ? written(this[name]) : value;
    });
    const record = now('snow_record_from_json', json, Buffer.byteLength(json));
    try { return taken(await use(record)); } finally { snow.snow_record_free(record); }
}

/** The fields of a record, which is freed. */
function taken(record) {
    try { return JSON.parse(snow.snow_record_json(record, null)); } finally { snow.snow_record_free(record); }
}

module.exports = { Client, Query, SnowError, version: snow.snow_version() };
