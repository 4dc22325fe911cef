"""The door for web servers: `gunicorn -c fibercomments/gunicorn.conf.py fibercomments.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fibercomments.settings")
application = get_wsgi_application()

from perf import tunables  # noqa: E402 - apps are ready now

tunables.follow()  # the pool of connections follows its knob from the start
