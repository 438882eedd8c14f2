'use strict';
// The functions and constants of snow.h, as snow.cdef.h declares them, and their errors.
const fs = require('node:fs');
const path = require('node:path');
const { inspect, promisify } = require('node:util');
const { isExternal } = require('node:util/types');
const { isMainThread } = require('node:worker_threads');
const koffi = require('koffi');

// A handshake needs more than the 128 KiB that koffi gives to an asynchronous call.
koffi.config({ async_stack_size: 2 << 20 });

const declarations = fs.readFileSync(path.join(__dirname, 'snow.cdef.h'), 'utf8');
const constants = Object.fromEntries(
    [...declarations.matchAll(/^ +(SNOW_\w+) = (\d+),/gm)].map(([, name, value]) => [name, Number(value)]));

/** The type and the name of each parameter of a function, by the function's name. */
const parameters = Object.fromEntries(
    [...declarations.matchAll(/^[\w *]+\b(snow_\w+)\(([^;]*)\);/gm)].map(([, name, list]) =>
        [name, [...list.matchAll(/([^,]*?)\s*(\w+)(?=,|$)/g)].map(([, type, parameter]) => [type.trim(), parameter])]));

/** The whole numbers that a type has. */
const RANGES = {
    int32_t: [-(2 ** 31), 2 ** 31 - 1], int64_t: [-(2n ** 63n), 2n ** 63n - 1n],
    uint32_t: [0, 2 ** 32 - 1], uint64_t: [0, 2n ** 64n - 1n], size_t: [0, 2n ** 64n - 1n],
};

/** Every function, by its name. */
const snow = load(process.env.SNOW_LIBRARY || 'libsnow.so.0');

function load(file) {
    let library;
    try {
        library = koffi.load(file);
    } catch (reason) {
        throw new Error(`${problem(file, reason.message)} (${reason.message})`);
    }
    const abi = declared(library, file, 'uint32_t snow_abi_version(void)')();
    if (abi !== constants.SNOW_ABI_VERSION)
        throw new Error(`${file} has the binary interface ${abi}, and snow.cdef.h is for ` +
            `${constants.SNOW_ABI_VERSION}: take both from the same version of libsnow`);
    declareTypes();
    const prototypes = [...declarations.matchAll(/^[\w *]+\bsnow_\w+\([^;]*\)(?=;)/gm)].map(([prototype]) => prototype);
    return Object.fromEntries(prototypes.map((prototype) => [nameIn(prototype), declared(library, file, prototype)]));
}

function declareTypes() {
    for (const name of new Set(declarations.match(/(?<=\bstruct )\w+/g)))
        koffi.opaque(name);
    for (const [, type, name] of declarations.matchAll(/^typedef (int32_t) (\w+);/gm))
        koffi.alias(name, type);
    for (const [, result, name, parameters] of declarations.matchAll(/^typedef (\w+) \(\*(\w+)\)(\([^;]*\));/gm))
        koffi.alias(name, koffi.pointer(koffi.proto(`${result} ${name}_called${parameters}`)));
}

function declared(library, file, prototype) {
    try {
        // What a function writes, koffi copies into an array.
        const written = /(const )?snow_\w+ \*\*|(size_t|uint64_t|snow_created) \*/g;
        return library.func(prototype.replaceAll('struct ', '').replace(written, '_Out_ $&'));
    } catch (reason) {
        throw new Error(`${file} has no ${nameIn(prototype)}(), so it is no libsnow, or an older one than ` +
            `snow.cdef.h is for: take both from the same version of libsnow (${reason.message})`);
    }
}

function nameIn(prototype) {
    return /snow_\w+(?=\()/.exec(prototype)[0];
}

/** Why a library cannot be loaded, and what to do. */
function problem(file, reason) {
    if (!file.includes('/') || !fs.existsSync(file))
        return `libsnow was not found as ${file}: install it where the loader of the system looks ` +
            '(ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path';
    const [theirs, own] = [file, process.execPath].map(architecture);
    if (theirs === undefined)
        return `${file} is no shared library: set SNOW_LIBRARY to the path of a libsnow.so`;
    if (theirs !== own)
        return `${file} is for ${theirs}, and this Node is for ${own}: build libsnow on this machine`;
    if (reason.includes('GLIBC'))
        return `${file} was built on a newer system than this: build libsnow here, or on one as old`;
    return `${file} cannot be loaded: build libsnow on this machine`;
}

/** What a program or library in ELF is for; undefined for anything else. */
function architecture(file) {
    const head = fs.readFileSync(file).subarray(0, 20);
    if (head.length < 20 || head.toString('latin1', 0, 4) !== '\x7fELF')
        return undefined;
    const machine = head[5] === 1 ? head.readUInt16LE(18) : head.readUInt16BE(18);
    const known = { 3: 'x86', 21: 'ppc64', 22: 's390x', 40: 'arm', 62: 'x86_64', 183: 'aarch64', 243: 'riscv' };
    return `${known[machine] ?? `the machine ${machine} of ELF`} (${32 * head[4]} bits)`;
}

/** What went wrong, as libsnow says it: snow.h under "Errors" tells each field. */
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

/** How many callbacks run, one inside the other. */
let running = 0;

/** What a callback returns to libsnow: that it is done, or the value for what it threw. */
function inCallback(run) {
    running += 1;
    try {
        run();
        return constants.SNOW_HANDLED;
    } catch (value) {
        throws = (throws % 1000000) + 1;
        thrown.set(throws, { value });
        return throws;
    } finally {
        running -= 1;
    }
}

function raise(error) {
    const reason = new SnowError(error);
    const cause = thrown.get(reason.callbackValue);
    thrown.delete(reason.callbackValue);
    throw cause === undefined ? reason : cause.value;
}

/**
 * Refuses what would arrive as something else: C ends a text at a NUL and nowhere before, takes a number for the address
 * of one, and -1 for its largest number; koffi writes half a pair of surrogates as another character.
 */
function check(name, args) {
    parameters[name]?.forEach(([type, parameter], index) => {
        const given = args[index];
        if (type.startsWith('const char *') && [given].flat().some(hasNul))
            throw new TypeError(`${parameter} of ${name}() has a NUL character, where C would end it`);
        if (type.startsWith('const char *') && [given].flat().some(hasHalf))
            throw new TypeError(`${parameter} of ${name}() has half a pair of surrogates, which is nothing in UTF-8`);
        // What is given is not shown: it may be a password.
        const counted = parameters[name][index + 1]?.[0] === 'size_t';
        if (type === 'const char *' && !counted && !isText(given)) {
            const kind = typeof given === 'object' ? given.constructor?.name : typeof given;
            throw new TypeError(`${parameter} of ${name}() is a ${kind}: accepted are texts`);
        }
        if (type.endsWith('*') && typeof given === 'number')
            throw new TypeError(`${parameter} of ${name}() is a number: accepted is what libsnow made, or an array for ` +
                'what the function writes');
        const range = RANGES[type];
        if (range && !(isWhole(given) && given >= range[0] && given <= range[1]))
            throw new RangeError(`${parameter} of ${name}() is ${inspect(given)}: ` +
                `accepted are whole numbers from ${range[0]} to ${range[1]}`);
    });
}

function hasNul(text) {
    return typeof text === 'string' && text.includes('\0');
}

function hasHalf(text) {
    return typeof text === 'string' && /\p{Surrogate}/u.test(text);
}

/** Whether it is one, none, or one of C. Bytes have no NUL, where C would end them. */
function isText(given) {
    return typeof given === 'string' || given == null || isExternal(given);
}

function isWhole(number) {
    return Number.isSafeInteger(number) || typeof number === 'bigint';
}

/** A function that reaches no instance, here and now. */
function now(name, ...args) {
    check(name, args);
    const error = [null];
    const result = snow[name](...args, error);
    if (error[0]) raise(error[0]);
    return result;
}

/** A function that reaches the instance, on a thread of Node's pool; callbacks run here meanwhile. */
async function later(name, ...args) {
    check(name, args);
    const error = [null];
    const result = await promisify(snow[name].async)(...args, error);
    if (error[0]) raise(error[0]);
    return result;
}

/** The handles of the clients that are not freed yet. */
const clients = new Set();

/** Whether a call is in a callback, or waits for it to begin, and will not end. */
function isStuck(client) {
    snow.snow_client_close(client, 0, null);
    return snow.snow_client_statistic(client, constants.SNOW_STATISTIC_IN_FLIGHT) > 0;
}

/**
 * Before it ends, Node waits for the threads of its pool, where calls would wait for ever for callbacks that no longer
 * run. So calls are cancelled; and a process ends without the threads of those that are stuck all the same.
 */
process.on('exit', function ended(code) {
    // A worker waits for every call all the same, so all are cancelled. A process needs no more than one that is stuck,
    // for which closing waits two seconds.
    if (!isMainThread) return [...clients].forEach(isStuck);
    if (running === 0 && ![...clients].some(isStuck)) return;
    const listeners = process.rawListeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(ended) + 1)) listener.call(process, code);
    koffi.load(null).func('void _exit(int status)')(process.exitCode ?? code);
});

module.exports = { clients, constants, inCallback, later, now, snow, SnowError };
