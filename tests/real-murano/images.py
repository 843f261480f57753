"""Glance's API as gunicorn wants it: a module with a WSGI callable.

The settings are in the folder OS_GLANCE_CONFIG_DIR, the list of requests in the file REQUEST_LOG.
"""
import os
import sys

# Glance reads its options from the command line, which is gunicorn's here.
sys.argv = ["glance-api"]

from glance.common.wsgi_app import init_app  # noqa: E402

from request_log import RequestLog  # noqa: E402

application = RequestLog(init_app(), os.environ["REQUEST_LOG"])
