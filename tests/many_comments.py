"""Hundreds of thousands of comments and results, made by PostgreSQL from a series of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from analysis.models import Session

ENGINE, ENGINE_VERSION = "embedded", "embedded-test-1"


def insert_many(
    session: Session, count: int, *, repeats: int, texts: Sequence[str], start: datetime, analyze: bool = True
) -> None:
    """Insert ``count`` comments, row 1 first; one in ``repeats`` repeats the row before it. Ends with ANALYZE."""
    comments: dict[str, Any] = {
        "session": session.pk,
        "count": count,
        "repeats": repeats,
        "texts": list(texts),
        "start": start,
    }
    results: dict[str, Any] = {"session": session.pk, "engine": ENGINE, "version": ENGINE_VERSION}
    with connection.cursor() as cursor:
        cursor.execute(_COMMENTS, comments)
        cursor.execute(_RESULTS, results)
        if analyze:
            cursor.execute("ANALYZE comments, analysis_results")


# Ids are UUIDv7 in shape and in order: the time is the row number, the rest is drawn from a hash of session and row.
_COMMENTS = """
WITH rows AS (
    SELECT i, hashint4extended(i, 7) & 2147483647 AS h, md5(%(session)s::text || i) AS m,
           i - CASE WHEN i %% %(repeats)s = 0 THEN 1 ELSE 0 END AS first
      FROM generate_series(1, %(count)s) i
), named AS (
    SELECT *, md5(%(session)s::text || first) AS first_m FROM rows
)
INSERT INTO comments (id, session_id, row_number, text, fingerprint, duplicate_of_id, rating, nps_group, customer_ref,
                      region, service, channel, created_at, has_date, status, attempts, error)
SELECT (lpad(to_hex(1772000000000 + i), 12, '0') || '7' || substr(m, 1, 3) || '8' || substr(m, 4, 15))::uuid,
       %(session)s, i, (%(texts)s::text[])[1 + first %% array_length(%(texts)s::text[], 1)] || ' ' || first,
       first_m::uuid,
       CASE WHEN first < i THEN (lpad(to_hex(1772000000000 + first), 12, '0') || '7' || substr(first_m, 1, 3) || '8'
                                 || substr(first_m, 4, 15))::uuid END,
       h %% 11, CASE WHEN h %% 11 > 8 THEN 'promoter' WHEN h %% 11 > 6 THEN 'passive' ELSE 'detractor' END,
       'c' || i, (ARRAY['Asunción', 'Luque', 'Encarnación'])[1 + h %% 3], '', '',
       %(start)s::timestamptz + make_interval(mins => (h %% 100000)::int), true,
       CASE WHEN h %% 1000 = 0 THEN 'failed' WHEN h %% 1000 < 5 THEN 'pending' ELSE 'done' END, 0, ''
  FROM named
"""
_RESULTS = """
WITH rows AS (
    SELECT id, session_id, row_number AS i, created_at, hashint4extended(row_number, 11) & 2147483647 AS h
      FROM comments WHERE session_id = %(session)s AND status = 'done'
), scored AS (
    SELECT *, ((h %% 20001) - 10000) / 10000.0 AS score,
           (ARRAY['negative', 'negative', 'neutral', 'mixed', 'positive', 'positive'])
               [1 + (h %% 20001) / 3334] AS label,
           (ARRAY['speed', 'stability', 'coverage', 'price', 'billing', 'contract', 'customer_service',
                  'technical_support', 'installation_equipment', 'general_satisfaction', 'other'])
               [1 + h %% 11] AS theme
      FROM rows
)
INSERT INTO analysis_results (id, comment_id, session_id, kind, engine, engine_version, is_current, is_fallback,
    fallback_reason, sentiment, sentiment_score, text_sentiment, text_score, rating_mismatch, confidence, language,
    guarani_share, urgency, churn_risk, emotions, themes, evidence, details, is_uninformative, is_company_reply,
    created_at)
SELECT overlay(id::text PLACING '9' FROM 20 FOR 1)::uuid, id, session_id, 'all', %(engine)s, %(version)s, true,
       h %% 100 = 0, '', label, score, label, score, h %% 40 = 0, (h %% 1000) / 1000.0,
       (ARRAY['es', 'es', 'es', 'jopara', 'gn'])[1 + h %% 5], (h %% 5) / 5.0,
       'p' || LEAST(3, h %% 17), (ARRAY['none', 'none', 'low', 'medium', 'high'])[1 + h %% 5],
       jsonb_build_array(jsonb_build_object('code', (ARRAY['anger', 'joy', 'worry'])[1 + h %% 3], 'intensity', 0.5)),
       CASE WHEN h %% 4 = 0 THEN '[]'::jsonb
            ELSE jsonb_build_array(jsonb_build_object('code', theme, 'sentiment', label, 'confidence', 0.7)) END,
       jsonb_build_array(jsonb_build_object('label', 'sentiment:' || label, 'start', 0, 'end', 4),
                         jsonb_build_object('label', 'theme:' || theme, 'start', 5, 'end', 9)),
       jsonb_build_object('competitors', CASE WHEN h %% 50 = 0 THEN '["tigo"]'::jsonb ELSE '[]'::jsonb END,
                          'pain_points', '[]'::jsonb, 'reasons', '[]'::jsonb),
       h %% 9 = 0, h %% 200 = 0, created_at
  FROM scored
"""
