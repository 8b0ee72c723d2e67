"""The desk's own OAuth2 issuer: authorization code with PKCE, client credentials, refresh."""

from wattbook.api.oauth.issuer import Grant, Issuer, Refused
from wattbook.api.oauth.keys import SigningKey
from wattbook.api.oauth.store import Client, OAuthStore

__all__ = ["Client", "Grant", "Issuer", "OAuthStore", "Refused", "SigningKey"]
