"""Text processing: encodings, Arabic, languages, dates, cleaning, boilerplate and chunking.

The versions are part of the store's fingerprint. They stand here so that opening a store to read
imports nothing that chunks.
"""

CLEANING_VERSION = "clean-1"
"""Changes when stored articles must be chunked again. A change of the cleaned text alone needs no
new version: it is new content, which replaces the stored article when it is ingested again."""

BOILERPLATE_VERSION = "teasers-1"
"""Changes when passages that still hold lines which are left out now may no longer be read."""

DETECTOR_VERSION = "sifting-1"
"""Changes when fingerprints of articles may no longer be compared with new ones. A new kind of
them needs none: by `LineFingerprintTables.has_old_fingerprints` a rebuild computes it."""

CHUNKER_VERSION = "sentences-2"
"""Changes whenever the same article would be chunked differently."""
