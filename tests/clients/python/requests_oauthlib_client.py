"""requests-oauthlib: makes its own PKCE challenge, and checks the state of what comes back."""

from conversation import converse
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session


def begin(setup):
    issuer = setup["issuer"]
    session = OAuth2Session(setup["id"], redirect_uri=setup["redirect_uri"], scope=setup["scope"].split(), pkce="S256")
    session.trust_env = False
    address, _ = session.authorization_url(f"{issuer}/oauth/authorize")
    confidential = {"auth": HTTPBasicAuth(setup["id"], setup["secret"])} if setup.get("secret") else {}

    def redeem(callback):
        if setup["wrong_verifier"]:
            session._code_verifier = "x" * 43
        only_public = {} if confidential else {"include_client_id": True}
        return session.fetch_token(f"{issuer}/oauth/token", authorization_response=callback, **confidential, **only_public)

    def refresh(first):
        named = {} if confidential else {"client_id": setup["id"]}
        return session.refresh_token(f"{issuer}/oauth/token", refresh_token=first["refresh_token"], **confidential, **named)

    return address, redeem, refresh


converse(begin)
