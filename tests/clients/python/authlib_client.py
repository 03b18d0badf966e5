"""Authlib: makes its own PKCE challenge, and checks the state of what comes back."""

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from conversation import converse


def begin(setup):
    issuer, redirect_uri = setup["issuer"], setup["redirect_uri"]
    session = OAuth2Session(
        setup["id"],
        setup.get("secret"),
        token_endpoint_auth_method="client_secret_basic" if setup.get("secret") else "none",
        redirect_uri=redirect_uri,
        scope=setup["scope"],
        code_challenge_method="S256",
    )
    session.trust_env = False
    verifier = generate_token(48)
    address, state = session.create_authorization_url(f"{issuer}/oauth/authorize", code_verifier=verifier)

    def redeem(callback):
        shown = generate_token(48) if setup["wrong_verifier"] else verifier
        token = session.fetch_token(f"{issuer}/oauth/token", authorization_response=callback, state=state, code_verifier=shown)
        return dict(token)

    def refresh(first):
        return dict(session.refresh_token(f"{issuer}/oauth/token", refresh_token=first["refresh_token"]))

    return address, redeem, refresh


converse(begin)
