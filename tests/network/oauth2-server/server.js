/*
 * The OAuth server of @node-oauth, at ServiceNow's addresses, with a table behind it. Arguments: a port, and the
 * client ids, secrets, users and passwords that it knows, as JSON.
 *
 * Besides: GET /-/counts, how many tokens were issued by which grant, and refused; POST /-/reset, begins anew;
 * POST /-/lifetime/SECONDS, of the tokens to come; POST /-/end-access-tokens and /-/revoke, ends what was issued.
 */
'use strict';

const http = require('http');
const OAuth2Server = require('@node-oauth/oauth2-server');

const [port, known] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
let lifetime, counts, accessTokens, refreshTokens;

function reset() {
  lifetime = 3600;
  counts = { password: 0, refresh_token: 0, client_credentials: 0, refused: 0 };
  accessTokens = new Map();
  refreshTokens = new Map();
}
reset();

const oauth = new OAuth2Server({
  model: {
    getClient(id, secret) {
      if (!(id in known.clients) || known.clients[id] !== secret) return null;
      return { id, grants: ['password', 'refresh_token', 'client_credentials'] };
    },
    getUser: (name, password) => (name in known.users && known.users[name] === password ? { name } : null),
    getUserFromClient: (client) => ({ name: client.id }),
    saveToken(token, client, user) {
      const saved = { ...token, client, user };
      accessTokens.set(saved.accessToken, saved);
      if (saved.refreshToken) refreshTokens.set(saved.refreshToken, saved);
      return saved;
    },
    getAccessToken: (token) => accessTokens.get(token),
    getRefreshToken: (token) => refreshTokens.get(token),
    revokeToken: (token) => refreshTokens.delete(token.refreshToken),
  },
});

async function issue(request, response) {
  try {
    await oauth.token(request, response, { accessTokenLifetime: lifetime });
    counts[request.body.grant_type] += 1;
  } catch (error) {
    // It has written the refusal into the response.
    counts.refused += 1;
  }
}

async function show(request, response) {
  try {
    await oauth.authenticate(request, response);
    response.body = { result: [{ sys_id: '0a', number: 'INC0000001' }] };
  } catch (error) {
    response.status = error.code || 401;
    response.body = { error: { message: 'User Not Authenticated', detail: error.message }, status: 'failure' };
  }
}

const CONTROL = {
  counts() {},
  reset,
  lifetime: (seconds) => (lifetime = Number(seconds)),
  'end-access-tokens': () => accessTokens.clear(),
  revoke: () => [accessTokens, refreshTokens].forEach((tokens) => tokens.clear()),
};

http
  .createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, headers, url } = incoming;
    const [path] = url.split('?');
    const body = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    const request = new OAuth2Server.Request({ method, headers, query: {}, body });
    const response = new OAuth2Server.Response({ headers: {} });
    if (path === '/oauth_token.do') await issue(request, response);
    else if (path.startsWith('/api/now/table/')) await show(request, response);
    else {
      const [, , what, value] = path.split('/');
      CONTROL[what](value);
      response.body = counts;
    }
    outgoing.writeHead(response.status || 200, { ...response.headers, 'Content-Type': 'application/json' });
    outgoing.end(JSON.stringify(response.body));
  })
  .listen(port, '127.0.0.1');
