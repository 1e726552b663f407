"""Text processing: encodings, Arabic, languages, dates, cleaning, boilerplate and chunking.

The versions are part of the store's fingerprint. They stand here so that opening a store to read
imports nothing that chunks.
"""

CLEANING_VERSION = "clean-1"
"""Changes when stored articles must be chunked again. A change of the cleaned text alone needs no
new version: it is new content, which replaces the stored article when it is ingested again."""

BOILERPLATE_VERSION = "teasers-1"
"""Changes whenever other lines of the same text would be left out."""

DETECTOR_VERSION = "sifting-1"
"""Changes whenever the same articles would have other fingerprints or verdicts."""

CHUNKER_VERSION = "sentences-2"
"""Changes whenever the same article would be chunked differently."""
