"""Edit, try, publish and take back the taxonomy of themes. Rows are the draft; what labels is a published snapshot."""

from analysis.routing.taxonomy import active_taxonomy
from analysis.taxonomies.faults import PATTERN_LANGUAGE, in_words
from analysis.taxonomies.trials import Preview, Trial, differences, preview, try_text
from analysis.taxonomies.versions import (
    BUILT_IN,
    TaxonomyError,
    activate,
    begin_draft,
    draft,
    is_built_in,
    publish,
    snapshot_of,
)

__all__ = [
    "BUILT_IN",
    "PATTERN_LANGUAGE",
    "Preview",
    "TaxonomyError",
    "Trial",
    "activate",
    "active_taxonomy",
    "begin_draft",
    "differences",
    "draft",
    "in_words",
    "is_built_in",
    "preview",
    "publish",
    "snapshot_of",
    "try_text",
]
