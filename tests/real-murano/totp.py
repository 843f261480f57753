"""A user with a second factor, for as long as a check needs one.

Usage: totp.py KEYSTONE make NAME PASSWORD    makes the user, a member of the project demo, and prints its id and secret
       totp.py KEYSTONE remove ID
       totp.py passcode SECRET                the passcode of now, as an app on a phone shows it
"""
import base64
import hashlib
import hmac
import secrets
import struct
import sys
import time
import types

from provision import Directory


def make(directory, name, password):
    user = directory.ensure("user", name, password=password, domain_id="default")
    directory.grant(directory.ensure("role", "member"), user, directory.ensure("project", "demo"))
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    directory.ask("POST", "/credentials", {"credential": {"type": "totp", "blob": secret, "user_id": user}})
    directory.ask("PATCH", f"/users/{user}", {"user": {"options": {
        "multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}}})
    print(user, secret)


def remove(directory, user):
    for credential in directory.ask("GET", f"/credentials?user_id={user}")["credentials"]:
        directory.ask("DELETE", f"/credentials/{credential['id']}")
    directory.ask("DELETE", f"/users/{user}")


def passcode(secret):
    """RFC 6238: six digits for half a minute."""
    step = struct.pack(">Q", int(time.time()) // 30)
    code = hmac.new(base64.b32decode(secret), step, hashlib.sha1).digest()
    number = struct.unpack_from(">I", code, code[-1] & 15)[0] & 0x7FFFFFFF
    print(f"{number % 10 ** 6:06}")


if __name__ == "__main__":
    if sys.argv[1] == "passcode":
        passcode(sys.argv[2])
    else:
        keystone, step, *arguments = sys.argv[1:]
        site = types.SimpleNamespace(keystone=keystone)
        {"make": make, "remove": remove}[step](Directory(site), *arguments)
