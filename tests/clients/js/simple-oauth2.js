// simple-oauth2: is told where everything is, and hands on what it is given; PKCE it does not know by itself.

import { createHash, randomBytes } from 'node:crypto'
import { AuthorizationCode } from 'simple-oauth2'
import { converse } from './conversation.js'

const random = () => randomBytes(32).toString('base64url')

converse(async ({ issuer, id, secret, redirect_uri, scope, wrong_verifier }) => {
  const client = new AuthorizationCode({
    client: { id, secret },
    auth: { tokenHost: issuer, tokenPath: '/oauth/token', authorizePath: '/oauth/authorize' },
  })
  const verifier = random()
  return {
    authorize: client.authorizeURL({
      redirect_uri,
      scope,
      state: random(),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }),
    async redeem(callback) {
      const code = callback.searchParams.get('code')
      const { token } = await client.getToken({ code, redirect_uri, code_verifier: wrong_verifier ? random() : verifier })
      return token
    },
    async refresh(first) {
      const { token } = await client.createToken(first).refresh()
      return token
    },
  }
})
