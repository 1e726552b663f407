"""XML parsing without entities, network access or unlimited nesting."""

from __future__ import annotations

from typing import Any

from ingest.core.errors import LoadError


def parse_xml(data: bytes, name: str) -> Any:
    """The root element of ``data``; ``name`` is the part's name in the package, for errors.

    Raises:
        LoadError: it is broken, nested too deep, or declares a document type: office documents
            have none, entity bombs need one.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise LoadError("broken_xml", name=name) from error
    if root is None or root.getroottree().docinfo.doctype:
        raise LoadError("xml_doctype", name=name)
    return root
