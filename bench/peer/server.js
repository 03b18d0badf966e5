// node-oidc-provider with its own in-memory adapter, for `cargo xtask bench`.
//
// 1. Start: one confidential client, opaque access tokens, rotated refresh tokens, no ID tokens.
// 2. Print one JSON line `{"port": …}` on stdout when the port answers.
// 3. `POST /bench/refresh-tokens?count=N` answers N fresh refresh tokens, each of an authorization of its own. It
//    stands in for the login and consent pages, which are not measured, and is never part of a measurement itself.
//
// The in-memory adapter remembers the last thousand or so entries, so ask for a few hundred at a time.

import { createServer } from 'node:http';
import process from 'node:process';

import { Provider } from 'oidc-provider';

const clientId = 'bench';
const accountId = 'bench-user';
// A grant of the `offline_access` scope alone: no ID token, which would add an RSA signature to every refresh.
const scope = 'offline_access';

const [port] = process.argv.slice(2).map(Number);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: 'bench-secret-of-forty-three-characters-long',
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://client.example.com/cb'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  scopes: ['openid', 'offline_access', 'read', 'write'],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  rotateRefreshToken: true,
  findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
});

async function mintRefreshToken(client) {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const token = new provider.RefreshToken({ accountId, client, grantId, gty: 'authorization_code', scope });
  return token.save();
}

async function mintRefreshTokens(count) {
  const client = await provider.Client.find(clientId);
  const tokens = [];
  for (let i = 0; i < count; i += 1) {
    tokens.push(await mintRefreshToken(client));
  }
  return tokens;
}

const serve = provider.callback();

const server = createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname !== '/bench/refresh-tokens') {
    serve(request, response);
    return;
  }
  const tokens = await mintRefreshTokens(Number(url.searchParams.get('count') ?? 1));
  const body = JSON.stringify(tokens);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
});

server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
