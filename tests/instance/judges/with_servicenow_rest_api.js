// servicenow-rest-api: callbacks that are given a record, or the error.

'use strict';

const assert = require('node:assert');
const https = require('node:https');
const path = require('node:path');
const { createRequire } = require('node:module');

const judge = createRequire(path.join(process.env.JUDGE_HOME, 'package.json'));
const ServiceNow = judge('servicenow-rest-api');

const HOST = process.env.SNOW_URL.replace('https://', '');
const ROWS = 2500;

// It prints each URL it asks for.
console.log = () => {};

const given = (client, method, ...args) => new Promise((resolve) => client[method](...args, resolve));

// Attachments it only reads.
function attach(sysId, content) {
  const target = `/api/now/attachment/file?table_name=incident&table_sys_id=${sysId}&file_name=judged.txt`;
  return new Promise((resolve, reject) => {
    const request = https.request(process.env.SNOW_URL + target, {
      method: 'POST', auth: 'admin:admin', headers: { 'Content-Type': 'text/plain' },
    }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    request.on('error', reject);
    request.end(content);
  });
}

async function records(client) {
  const pages = [];
  for (const offset of [0, 1000, 2000]) {
    // It has no parameters for pages, but adds its filters to the URL as they are.
    pages.push(await given(client, 'getTableData', ['sys_id'],
      [`ORDERBYsys_id&sysparm_limit=1000&sysparm_offset=${offset}`], 'incident'));
  }
  assert.deepEqual(pages.map((page) => page.length), [1000, 1000, 500]);
  assert.equal(new Set(pages.flat().map((row) => row.sys_id)).size, ROWS);
  assert.equal((await given(client, 'getSampleData', 'incident')).length, 1);

  const made = await given(client, 'createNewTask',
    { short_description: 'Judged', impact: '2 - Medium' }, 'incident');
  assert.equal(made.impact, '2 - Medium');
  assert.equal(await given(client, 'getSysId', 'incident', made.number), made.sys_id);
  const changed = await given(client, 'UpdateTask', 'incident', made.number, { impact: '1 - High' });
  assert.equal(changed.impact, '1 - High');

  assert.equal(await attach(made.sys_id, 'as it was sent'), 201);
  const [kept] = await given(client, 'getAllAttachmentsMetaData', made.sys_id);
  assert.equal(kept.file_name, 'judged.txt');
  assert.equal((await given(client, 'getAttachmentMetaData', kept.sys_id)).size_bytes, '14');
  assert.equal((await given(client, 'getAttachment', kept.sys_id)).data, 'as it was sent');

  assert.equal((await given(client, 'DeleteTask', 'incident', made.number)).status, 204);
  assert.deepEqual(await given(client, 'getTableData', [], [`number=${made.number}`], 'incident'), []);
}

async function errors(client) {
  const unknown = await given(client, 'getSampleData', 'nonexistent');
  assert.equal(unknown.response.status, 400);
  assert.equal(unknown.response.data.error.message, 'Invalid table nonexistent');
  const stranger = new ServiceNow(HOST, 'admin', 'wrong');
  const refused = await given(stranger, 'getSampleData', 'incident');
  assert.equal(refused.response.status, 401);
  assert.equal(refused.response.data.error.message, 'User Not Authenticated');
}

(async () => {
  const client = new ServiceNow(HOST, 'admin', 'admin');
  await records(client);
  await errors(client);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
