// oauth4webapi: finds everything in the metadata, checks state and issuer itself, and is strict about what it gets. Without an id
// it registers itself.

import * as oauth from 'oauth4webapi'
import { converse } from './conversation.js'

const here = { [oauth.allowInsecureRequests]: true }

async function register(server, initialAccessToken, metadata) {
  const answer = await oauth.dynamicClientRegistrationRequest(server, metadata, { initialAccessToken, ...here })
  return oauth.processDynamicClientRegistrationResponse(answer)
}

converse(async ({ issuer, id, secret, invitation, redirect_uri, scope, wrong_verifier }) => {
  const found = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...here })
  const server = await oauth.processDiscoveryResponse(new URL(issuer), found)
  const wanted = { redirect_uris: [redirect_uri], grant_types: ['authorization_code', 'refresh_token'], scope }
  const client = id ? { client_id: id, client_secret: secret } : await register(server, invitation, wanted)
  const authentication = client.client_secret ? oauth.ClientSecretBasic(client.client_secret) : oauth.None()

  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const authorize = new URL(server.authorization_endpoint)
  authorize.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri,
    scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })

  return {
    authorize,
    async redeem(callback) {
      const parameters = oauth.validateAuthResponse(server, client, callback, state)
      const shown = wrong_verifier ? oauth.generateRandomCodeVerifier() : verifier
      const answer = await oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, redirect_uri, shown, here)
      return oauth.processAuthorizationCodeResponse(server, client, answer)
    },
    async refresh({ refresh_token }) {
      const answer = await oauth.refreshTokenGrantRequest(server, client, authentication, refresh_token, here)
      return oauth.processRefreshTokenResponse(server, client, answer)
    },
  }
})
