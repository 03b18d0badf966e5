// oauth4webapi: finds everything in the metadata, checks state and issuer itself, and is strict about what it gets.

import * as oauth from 'oauth4webapi'
import { converse } from './conversation.js'

const here = { [oauth.allowInsecureRequests]: true }

converse(async ({ issuer, id, secret, redirect_uri, scope, wrong_verifier }) => {
  const found = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...here })
  const server = await oauth.processDiscoveryResponse(new URL(issuer), found)
  const client = { client_id: id }
  const authentication = secret ? oauth.ClientSecretBasic(secret) : oauth.None()

  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const authorize = new URL(server.authorization_endpoint)
  authorize.search = new URLSearchParams({
    response_type: 'code',
    client_id: id,
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
