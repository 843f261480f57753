"""Keystone as gunicorn wants it: a module with a WSGI callable."""
import sys

# Keystone reads its options from the command line, which is gunicorn's here.
sys.argv = ["keystone"]

from keystone.server.wsgi import initialize_public_application  # noqa: E402

application = initialize_public_application()
