"""Murano's API and its engine in one process, so that no message broker is needed.

The two talk over the in-memory transport of oslo.messaging, which reaches only within a process.
Usage: catalog.py REQUEST_LOG --config-file FILE
"""
import sys

import murano.monkey_patch  # noqa: F401  replaces blocking calls, hence before everything else

from murano.api.v1 import request_statistics
from murano.common import app_loader, config, engine, policy, server, statservice, wsgi
from oslo_config import cfg
from oslo_log import log
from oslo_messaging._drivers import common as remote
from oslo_messaging._drivers import impl_fake
from oslo_service import service

from request_log import RequestLog


def reply(message, reply=None, failure=None):
    """Answer an in-memory call; a failure takes the form in which a broker would deliver it.

    The API tells exceptions of the engine apart by the name they carry when they come from another
    process. The in-memory transport hands over the exception itself, which the API does not expect.
    """
    if message._reply_q is None:
        return
    if failure:
        sent = remote.serialize_remote_exception(failure)
        failure = remote.deserialize_remote_exception(sent, [])
    message._reply_q.put((reply, failure))


def main():
    request_log = sys.argv.pop(1)
    impl_fake.FakeIncomingMessage.reply = reply

    config.parse_args()
    config.set_middleware_defaults()
    log.setup(cfg.CONF, "murano")
    policy.init()
    request_statistics.init_stats()

    api = RequestLog(app_loader.load_paste_app("murano"), request_log)
    launcher = service.ServiceLauncher(cfg.CONF, restart_method="mutate")
    launcher.launch_service(engine.EngineService())
    launcher.launch_service(server.ApiService())
    launcher.launch_service(server.NotificationService())
    launcher.launch_service(statservice.StatsCollectingService())
    launcher.launch_service(wsgi.Service(api, cfg.CONF.bind_port, cfg.CONF.bind_host))
    launcher.wait()


if __name__ == "__main__":
    main()
