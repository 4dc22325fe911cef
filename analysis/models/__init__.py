"""The tables, one small file a subject."""

from analysis.models.comments import Comment, CommentStatus, Correction, NpsGroup
from analysis.models.costs import Budget, BudgetScope, CallState, ProviderCall, Spending, Usage
from analysis.models.discoveries import Discovery, DiscoveryKind, DiscoveryState
from analysis.models.engines import USABLE_STATES, EngineModel, ModelState
from analysis.models.files import StoredFile
from analysis.models.integration import ApiToken, AuditEntry, IdempotencyKey, RateWindow
from analysis.models.providers import (
    KEY_PREFIX,
    Algorithm,
    LanguageModel,
    NodePool,
    ProviderNode,
    RemoteEngine,
)
from analysis.models.rejects import RejectedRow
from analysis.models.results import AnalysisKind, AnalysisResult, Sentiment
from analysis.models.sessions import ACTIVE_STATES, FINAL_STATES, OnOutage, Origin, Priority, Session, SessionState
from analysis.models.taxonomy import TaxonomyVersion, Theme, ThemePhrase
from analysis.models.teams import Membership, Role, Team
from analysis.models.work import Chunk, ChunkKind, ChunkState, Worker

__all__ = [
    "ACTIVE_STATES",
    "FINAL_STATES",
    "KEY_PREFIX",
    "USABLE_STATES",
    "Algorithm",
    "AnalysisKind",
    "AnalysisResult",
    "ApiToken",
    "AuditEntry",
    "Budget",
    "BudgetScope",
    "CallState",
    "Chunk",
    "ChunkKind",
    "ChunkState",
    "Comment",
    "CommentStatus",
    "Correction",
    "Discovery",
    "DiscoveryKind",
    "DiscoveryState",
    "EngineModel",
    "IdempotencyKey",
    "LanguageModel",
    "Membership",
    "ModelState",
    "NodePool",
    "NpsGroup",
    "OnOutage",
    "Origin",
    "Priority",
    "ProviderCall",
    "ProviderNode",
    "RateWindow",
    "RejectedRow",
    "RemoteEngine",
    "Role",
    "Sentiment",
    "Session",
    "SessionState",
    "Spending",
    "StoredFile",
    "TaxonomyVersion",
    "Team",
    "Theme",
    "ThemePhrase",
    "Usage",
    "Worker",
]
