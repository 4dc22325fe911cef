"""All settings, from the environment, in one file.

The launcher and ``manage.py`` set ``DATABASE_URL`` and ``REDIS_URL`` to the embedded services when nobody else
did, so a missing one is an error here. Rules between settings are system checks in ``fibercomments.checks``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from environs import Env
from marshmallow.validate import OneOf

from fibercomments.delivery.headers import static_headers
from fibercomments.logs import logging_config
from fibercomments.policy import origins, policy
from perf.resources.process import cores_of
from perf.resources.sockets import IDLE, INTERVAL, PROBES

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

ENVIRONMENT: str = env.str("ENVIRONMENT", "local", validate=OneOf(["local", "production"]))
LOCAL = ENVIRONMENT == "local"
VERSION = "1.0.0"
DEBUG: bool = env.bool("DEBUG", False)
PROCESS: str = env.str("FIBER_PROCESS", "command", validate=OneOf(["web", "worker", "sweeper", "command"]))
STATE_DIR = Path(env.str("STATE_DIR", str(BASE_DIR / ".local")))

SECRET_KEY: str = env.str("SECRET_KEY")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if LOCAL else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
ROOT_URLCONF = "fibercomments.urls"
WSGI_APPLICATION = "fibercomments.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_rq",
    "django_htmx",
    "csp",
    "silk",
    "analysis",
    "perf",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fibercomments.delivery.compression.CompressionMiddleware",
    "fibercomments.delivery.headers.CareMiddleware",
    "csp.middleware.CSPMiddleware",
    "perf.tracing.middleware.RequestMiddleware",
    "analysis.web.middleware.UnavailableMiddleware",
    "fibercomments.delivery.headers.ConditionalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "analysis.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "perf.profiling.recording.RecordingMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "analysis.web.context.navigation",
            ],
            "libraries": {"web": "analysis.web.tags"},
        },
    }
]

# --- Knobs and the tuner: these are what the knobs are at before anybody turns them (docs/tuning.md)
TUNABLES_SEEN_SECONDS: float = env.float("TUNABLES_SEEN_SECONDS", 1.0)
TUNER_SAMPLE_SECONDS: float = env.float("TUNER_SAMPLE_SECONDS", 5.0)
TUNER_SETTLE_SECONDS: float = env.float("TUNER_SETTLE_SECONDS", 10.0)
TUNER_INTERVAL_SECONDS: float = env.float("TUNER_INTERVAL_SECONDS", 30.0)
TUNER_COOL_DOWN_SECONDS: float = env.float("TUNER_COOL_DOWN_SECONDS", 900.0)
CACHE_TTL: int = env.int("CACHE_TTL", 300)
DB_POOL_BUDGET: int = env.int("DB_POOL_BUDGET", 20)

# --- Switches of strategies (perf.layers). Off, each leaves a real way of the product out, so that `manage.py benchmark
# layers` can say what it gains; nobody else has a reason to turn one off. Others are switched by figures further down.
ANSWER_CACHING: bool = env.bool("ANSWER_CACHING", True)  # verdicts in memory and answers in Redis
REQUEST_BATCHING: bool = env.bool("REQUEST_BATCHING", True)  # off: a call of a provider for each text
RATE_LIMITING: bool = env.bool("RATE_LIMITING", True)
DB_POOL: bool = env.bool("DB_POOL", True)  # off: web processes open a connection for each request
DB_INDEXES: bool = env.bool("DB_INDEXES", True)  # off: for web processes PostgreSQL reads tables whole

# --- Database
# The web processes share a budget of connections, each with a pool of its own that follows the knob; every other
# process has one connection for each thread that needs one (psycopg's pool does not survive a fork).
WEB_CONCURRENCY: int = env.int("WEB_CONCURRENCY", 1)
DB_POOL_MIN: int = env.int("DB_POOL_MIN", 2)
DB_POOL_MAX: int = env.int("DB_POOL_MAX", 30)
DATABASES: dict[str, Any] = {"default": env.dj_db_url("DATABASE_URL")}
_options: dict[str, Any] = DATABASES["default"].setdefault("OPTIONS", {})
_options["connect_timeout"] = env.int("DB_CONNECT_TIMEOUT", 3)
_options["application_name"] = f"fibercomments-{PROCESS}"
# A server that vanished without a word is noticed within two minutes and not within two hours (on TCP alone).
_options |= {"keepalives": 1, "keepalives_idle": IDLE, "keepalives_interval": INTERVAL, "keepalives_count": PROBES}
DB_LOCK_TIMEOUT_MS: int = env.int("DB_LOCK_TIMEOUT_MS", 2000)
DB_STATEMENT_TIMEOUT_MS: int = env.int("DB_STATEMENT_TIMEOUT_MS", 60_000)
if PROCESS == "web":
    DATABASES["default"]["ENGINE"] = "fibercomments.database"
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    # Whoever waits for somebody's lock, or asks too much, is told to come back: a thread is not held for long.
    _limits: dict[str, int | str] = {"lock_timeout": DB_LOCK_TIMEOUT_MS, "statement_timeout": DB_STATEMENT_TIMEOUT_MS}
    if not DB_INDEXES:
        _limits |= dict.fromkeys(("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"), "off")
    _options["options"] = " ".join(
        (_options.get("options", ""), *(f"-c {name}={value}" for name, value in _limits.items()))
    ).strip()
    _share = max(2, min(DB_POOL_MAX, DB_POOL_BUDGET // WEB_CONCURRENCY))
    if DB_POOL:
        _options["pool"] = {
            "min_size": min(DB_POOL_MIN, _share),
            "max_size": _share,
            "timeout": env.float("DB_POOL_TIMEOUT", 1.5),
            "max_lifetime": env.float("DB_POOL_MAX_LIFETIME", 3600.0),
            # The pause between two attempts to connect doubles; a new request begins anew, with an attempt at once.
            "reconnect_timeout": 1.0,
        }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", "test_fibercomments")}

# --- Redis: cache, queue and metrics apart, so that each has its own time-out and may be lost by itself
REDIS_URL: str = env.str("REDIS_URL")


def redis_url(database: int) -> str:
    """REDIS_URL with another database number; Unix sockets carry it as ``?db=``."""
    parts = urlsplit(REDIS_URL)
    if parts.scheme == "unix":  # urlunsplit would drop the empty host, and with it the two slashes
        return f"unix://{parts.path}?db={database}"
    return urlunsplit(parts._replace(path=f"/{database}"))


def over_tcp(url: str) -> bool:
    """Whether a server is reached over TCP, which has options that Unix sockets lack."""
    return urlsplit(url).scheme != "unix"


_first_db: int = env.int("REDIS_FIRST_DB", 0)
REDIS_CACHE_URL: str = env.str("REDIS_CACHE_URL", redis_url(_first_db + 1))
REDIS_QUEUE_URL: str = env.str("REDIS_QUEUE_URL", redis_url(_first_db))
REDIS_METRICS_URL: str = env.str("REDIS_METRICS_URL", redis_url(_first_db + 2))

_cache: dict[str, Any] = {
    "BACKEND": "django_redis.cache.RedisCache",
    "LOCATION": REDIS_CACHE_URL,
    "TIMEOUT": CACHE_TTL,
    "OPTIONS": {
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        "COMPRESSOR": "fibercomments.caching.LongValuesCompressor",
        "REDIS_CLIENT_CLASS": "fibercomments.caching.CautiousRedis",
        "SOCKET_CONNECT_TIMEOUT": 0.2,
        "SOCKET_TIMEOUT": 0.2,
        "IGNORE_EXCEPTIONS": True,
        "CONNECTION_POOL_KWARGS": {"socket_keepalive": True} if over_tcp(REDIS_CACHE_URL) else {},
    },
}
CACHES: dict[str, Any] = {"default": _cache | {"KEY_PREFIX": "fiber"}, "answers": _cache | {"KEY_PREFIX": "answers"}}

# django-rq takes no other settings of a connection that is named by its URL.
_queue_options = f"socket_connect_timeout=2&socket_timeout=5{'&socket_keepalive=yes' * over_tcp(REDIS_QUEUE_URL)}"
RQ_QUEUES: dict[str, Any] = {
    name: {
        "URL": f"{REDIS_QUEUE_URL}{'&' if '?' in REDIS_QUEUE_URL else '?'}{_queue_options}",
        "DEFAULT_TIMEOUT": 900,
        "SERIALIZER": "rq.serializers.JSONSerializer",
    }
    for name in ("high", "default", "low")
}
RQ_SHOW_ADMIN_LINK = False
# Context managers around each job of a worker, called with its kind; the first is the outermost.
JOB_MIDDLEWARE: list[str] = ["perf.profiling.jobs.recorded_job"]

# --- The domain's own figures
CHUNK_ROWS: int = env.int("CHUNK_ROWS", 1000)
LEASE_SECONDS: float = env.float("LEASE_SECONDS", 15.0)
HEARTBEAT_SECONDS: float = env.float("HEARTBEAT_SECONDS", 3.0)
WORKER_GONE_SECONDS: float = env.float("WORKER_GONE_SECONDS", 10.0)
STALL_SECONDS: float = env.float("STALL_SECONDS", 90.0)
SWEEP_SECONDS: float = env.float("SWEEP_SECONDS", 5.0)
MAX_ATTEMPTS: int = env.int("MAX_ATTEMPTS", 4)
MAX_HINTS: int = env.int("MAX_HINTS", 4)
DEFAULT_ENGINE: str = env.str("DEFAULT_ENGINE", "embedded")
# Models of engines from the database, as files that processes share; a process looks this often which one is active.
ENGINES_DIR = Path(env.str("ENGINES_DIR", str(STATE_DIR / "engines")))
ENGINE_SEEN_SECONDS: float = env.float("ENGINE_SEEN_SECONDS", 2.0)
# The folder of a sentiment model for the optional engine "transformer"; requirements/transformers.txt is what it needs.
TRANSFORMER_DIR: str = env.str("TRANSFORMER_DIR", "")
# Verdicts that a web process keeps for texts that are sent again; 0 switches that off.
VERDICTS_KEPT: int = env.int("VERDICTS_KEPT", 5_000) if ANSWER_CACHING else 0
# Engines that are asked over the network. Each of these strategies has its switch, so that its gain can be measured.
NODE_CHECK_SECONDS: float = env.float("NODE_CHECK_SECONDS", 10.0)
ANSWERS_KEPT_DAYS: int = env.int("ANSWERS_KEPT_DAYS", 30) if ANSWER_CACHING else 0  # 0: no answer is kept
SINGLE_FLIGHT: bool = env.bool("SINGLE_FLIGHT", True)
BATCH_ADAPTIVE: bool = env.bool("BATCH_ADAPTIVE", True)
UPLOAD_MAX_BYTES: int = env.int("UPLOAD_MAX_BYTES", 200 * 1024 * 1024)
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(STATE_DIR / "media")))
# Keys the pseudonyms of customer numbers; a key of its own lets SECRET_KEY rotate without breaking them.
PSEUDONYM_KEY: str = env.str("PSEUDONYM_KEY", "") or SECRET_KEY
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# --- Memory and processor (perf.resources): a process that fills its share is emptied, then renewed after its work
MEMORY_THRESHOLD: float = env.float("MEMORY_THRESHOLD", 0.8)
MEMORY_CHECK_SECONDS: float = env.float("MEMORY_CHECK_SECONDS", 5.0)
MEMORY_COLLECT_SECONDS: float = env.float("MEMORY_COLLECT_SECONDS", 300.0)
MEMORY_PROCESS_MB: int = env.int("MEMORY_PROCESS_MB", 0)  # what one process may take; 0: what the machine has
MEMORY_RENEWAL_PAUSE_SECONDS: float = env.float("MEMORY_RENEWAL_PAUSE_SECONDS", 15.0)
# Modules that say what the doctor looks at, in the order of its report.
DOCTOR = [
    "perf.resources.doctor.host",
    "perf.resources.doctor.postgres",
    "perf.resources.doctor.redis_server",
    "fibercomments.doctor",
    "analysis.doctor",
]
WORKER_NICE: int = env.int("WORKER_NICE", 10)
WORKER_CORES: frozenset[int] = cores_of(env.str("WORKER_CORES", ""))  # "2,3" or "2-3"; empty: all
WEB_CORES: frozenset[int] = cores_of(env.str("WEB_CORES", ""))

# --- Language and time
LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "analysis" / "locale"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["analysis.web.formats"]
LANGUAGE_COOKIE_AGE = 31_536_000
TIME_ZONE = "America/Asuncion"
USE_TZ = True

# --- Delivery: how answers travel, each strategy with its switch, so that its gain can be measured
COMPRESSION: bool = env.bool("COMPRESSION", True)
CONDITIONAL_GET: bool = env.bool("CONDITIONAL_GET", True)
# Numbers of a session are kept by its revision, and callers of the API keep for so many seconds what ages without harm.
RESPONSE_CACHE: bool = env.bool("RESPONSE_CACHE", True)
API_MAX_AGE: int = env.int("API_MAX_AGE", 300)

# --- Static files. STATIC_URL may name another host (a CDN) that fetches them from /static/ here.
STATIC_URL: str = env.str("STATIC_URL", "/static/")
STATIC_ORIGINS: list[str] = origins(STATIC_URL)
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(STATE_DIR / "static")))
WHITENOISE_MAX_AGE = 86400
WHITENOISE_ALLOW_ALL_ORIGINS = bool(STATIC_ORIGINS)  # fonts and modules of another host are fetched across origins
WHITENOISE_ADD_HEADERS_FUNCTION = static_headers
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "fibercomments.staticfiles.StaticFilesStorage"},
}

# --- Safety
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
HTTPS: bool = env.bool("HTTPS", not LOCAL)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT: bool = env.bool("SECURE_SSL_REDIRECT", HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^metrics$"]  # asked on the machine itself
SECURE_HSTS_SECONDS: int = env.int("SECURE_HSTS_SECONDS", 31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("TRUST_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = policy(STATIC_ORIGINS)

# --- REST API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "analysis.api.authentication.TokenAuthentication",
        "analysis.api.authentication.PageSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["analysis.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["analysis.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["analysis.api.parsers.OrjsonParser"],
    "DEFAULT_SCHEMA_CLASS": "analysis.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "analysis.api.errors.problem_handler",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
}
# A process that has just looked a token up does not look again for so long; 0 has each request look.
TOKEN_SEEN_SECONDS: float = env.float("TOKEN_SEEN_SECONDS", 1.0)
API_MAX_BODY_BYTES: int = env.int("API_MAX_BODY_BYTES", 1024 * 1024)
API_MAX_BULK_BYTES: int = env.int("API_MAX_BULK_BYTES", 12 * 1024 * 1024)
# Requests a caller may send in each window, by bucket.
API_RATE_WINDOW_SECONDS: int = env.int("API_RATE_WINDOW_SECONDS", 60)
API_RATE_LIMITS: dict[str, int] = {
    "api": env.int("API_RATE_LIMIT", 600),
    "analyze": env.int("API_ANALYZE_RATE_LIMIT", 1200),
}
DRF_STANDARDIZED_ERRORS = {"NESTED_FIELD_SEPARATOR": "/"}  # so that the path to a field is a JSON pointer
SPECTACULAR_SETTINGS = {
    "TITLE": "Personal Paraguay Fiber Comments Analysis API",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "DESCRIPTION": (
        "Comments in, labels out. Every refusal is a problem document (RFC 9457). Lists are cut into pages by cursors. "
        "Times are ISO 8601 in UTC. Unknown parameters and fields are refused, never ignored."
    ),
    "SORT_OPERATION_PARAMETERS": False,
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["analysis.api.schema.finish"],
}

# --- The monitor: what the product counts and clocks of itself
# Off, nothing is counted: no figures, no baselines, no alerts, and no account of what the cache spared.
MONITOR: bool = env.bool("MONITOR", True)
METRICS_KEPT_DAYS: int = env.int("METRICS_KEPT_DAYS", 7)  # minutes of operations, counters and gauges
# What a scraper sends as bearer to see /metrics; without one only staff see it.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")
METRICS_NAMESPACE = "fiber"

# --- Alerts: the log is always told; people where these say so
ALERTS_KEPT_DAYS: int = env.int("ALERTS_KEPT_DAYS", 90)
ALERT_RECIPIENTS: list[str] = env.list("ALERT_RECIPIENTS", [])
ALERT_WEBHOOK_URL: str = env.str("ALERT_WEBHOOK_URL", "")
ALERT_WEBHOOK_SECRET: str = env.str("ALERT_WEBHOOK_SECRET", "")  # "whsec_" and random bytes in base64
ALERT_WEBHOOK_PRIVATE: bool = env.bool("ALERT_WEBHOOK_PRIVATE", False)  # may be in one's own network, and plain http
_mail: dict[str, Any] = env.dj_email_url("EMAIL_URL", "console:")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_BACKEND"], _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("MAIL_FROM", "fibercomments@localhost")

# --- Silk: installed, silent until somebody asks (perf.profiling.records says what it may remember)
SILKY_MIDDLEWARE_CLASS = "perf.profiling.recording.RecordingMiddleware"
SILKY_AUTHENTICATION = True
SILKY_AUTHORISATION = True
SILKY_PERMISSIONS = lambda user: user.is_active and user.is_superuser  # noqa: E731 -- silk takes no dotted name
SILKY_MAX_REQUEST_BODY_SIZE = 0
SILKY_MAX_RESPONSE_BODY_SIZE = 0
SILKY_MAX_RECORDED_REQUESTS_CHECK_PERCENT = 0
SILKY_ANALYZE_QUERIES = False
SILKY_PYTHON_PROFILER = False
SILKY_SAMPLE_PERCENT: float = env.float("SILK_SAMPLE_PERCENT", 0.0)
SILKY_KEEP_REQUESTS: int = env.int("SILK_KEEP_REQUESTS", 10_000)
SILKY_KEEP_STATEMENTS: int = env.int("SILK_KEEP_STATEMENTS", 200_000)
SILKY_KEEP_DAYS: float = env.float("SILK_KEEP_DAYS", 7.0)

LOGGING = logging_config(env.str("LOG_LEVEL", "INFO"), json=env.bool("LOG_JSON", not LOCAL))
LOGGING_CONFIG = "logging.config.dictConfig"
