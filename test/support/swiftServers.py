"""OpenStack Swift with its S3 API on 127.0.0.1: one device, one replica, all of its servers in this process.

Arguments: folder (data and configuration), port, access key, secret key, region. Writes "ready" when it listens.
The access key is ACCOUNT:USER. What is in the folder outlives a kill.
"""

import os
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402

folder, port, access_key, secret_key, region = sys.argv[1:]
port = int(port)
etc = os.path.join(folder, 'etc')
data = os.path.join(folder, 'data')
for path in (etc, os.path.join(data, 'disk')):
    os.makedirs(path, exist_ok=True)


def written(name, text):
    path = os.path.join(etc, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


# Swift reads it from /etc/swift unless told otherwise, before other modules of its are loaded.
utils.SWIFT_CONF_FILE = written(
    'swift.conf',
    '[swift-hash]\nswift_hash_path_suffix = test\n'
    '[storage-policy:0]\nname = one\ndefault = yes\n',
)
utils.HASH_PATH_PREFIX = utils.HASH_PATH_SUFFIX = b''
utils.validate_configuration()

from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402

reload_storage_policies()
KINDS = ('account', 'container', 'object')
# The servers behind take any free ports: the rings, made anew at each start, tell the proxy.
LISTENING = {kind: eventlet.listen(('127.0.0.1', 0)) for kind in KINDS}

for kind in KINDS:
    ring = RingBuilder(1, 1, 1)
    ring.add_dev({
        'id': 0, 'region': 1, 'zone': 1, 'weight': 1.0, 'device': 'disk', 'ip': '127.0.0.1',
        'port': LISTENING[kind].getsockname()[1],
        'replication_ip': '127.0.0.1', 'replication_port': LISTENING[kind].getsockname()[1],
        'meta': '',
    })
    ring.rebalance()
    ring.get_ring().save(os.path.join(etc, kind + '.ring.gz'))

COMMON = f"""[DEFAULT]
swift_dir = {etc}
devices = {data}
mount_check = false
workers = 0
log_level = ERROR
"""


class Silent:
    def write(self, _text):
        pass


def serve(listening, conf):
    app = loadapp(conf, global_conf={'log_name': os.path.basename(conf)})
    eventlet.spawn(
        wsgi.server, listening, app, Silent(), protocol=SwiftHttpProtocol,
        capitalize_response_headers=False, keepalive=True,
    )


for kind in KINDS:
    serve(LISTENING[kind], written(
        f'{kind}-server.conf',
        f'{COMMON}[pipeline:main]\npipeline = {kind}-server\n'
        f'[app:{kind}-server]\nuse = egg:swift#{kind}\n',
    ))

account, user = access_key.split(':')
# tempauth wants a memcache, and takes one that does not answer.
serve(eventlet.listen(('127.0.0.1', port)), written('proxy-server.conf', f"""{COMMON}
[pipeline:main]
pipeline = catch_errors cache s3api tempauth copy proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
log_level = CRITICAL
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = {region}
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret_key} .admin
[filter:copy]
use = egg:swift#copy
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
"""))
print('ready', flush=True)
eventlet.Event().wait()
