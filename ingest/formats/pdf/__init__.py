"""PDF files: their text layer in the order of reading.

`child` runs in a process of its own, where a hostile file can do no harm. `glyphs` reads the
characters of a page and where they stand, `lines` puts them together, `columns` and `paragraphs`
find what belongs together, `furniture` what stands on every page.
"""
