"""The text layer of PDF files in reading order.

`child` is run as a separate, limited process. `glyphs` extracts the characters of a page and their
positions, `lines` joins them, `columns` and `paragraphs` find the layout, `headers_footers` what
repeats on every page.
"""
