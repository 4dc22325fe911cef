"""What the instruments keep in PostgreSQL, one module a subject."""

from perf.models.advice import Finding, FindingKind, FindingStatus, FindingStep, StepKind, StepState
from perf.models.alerts import Alert, AlertRule, Notice, RuleKind
from perf.models.base import new_id
from perf.models.benchmarks import BenchmarkRun
from perf.models.measures import Baseline, CounterMinute, GaugeMinute, OperationMinute
from perf.models.profiling import ProfiledRequest, ProfilingScope, ProfilingSession
from perf.models.tuning import Tunable, Tuner, TuningDecision, TuningMode

__all__ = [
    "Alert",
    "AlertRule",
    "Baseline",
    "BenchmarkRun",
    "CounterMinute",
    "Finding",
    "FindingKind",
    "FindingStatus",
    "FindingStep",
    "GaugeMinute",
    "Notice",
    "OperationMinute",
    "ProfiledRequest",
    "ProfilingScope",
    "ProfilingSession",
    "RuleKind",
    "StepKind",
    "StepState",
    "Tunable",
    "Tuner",
    "TuningDecision",
    "TuningMode",
    "new_id",  # migrations know it by this place
]
